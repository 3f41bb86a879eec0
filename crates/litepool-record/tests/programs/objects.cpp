// C++: containers, exceptions, a thread, and new in a constructor of its own.

#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

struct Thing {
    char bytes[3000];
    Thing();
};

__attribute__((noinline, noipa)) Thing::Thing() { bytes[0] = 1; }

__attribute__((noinline, noipa)) Thing *make() {
    Thing *thing = new Thing;
    __asm__ volatile("" : : "r"(thing) : "memory");
    return thing;
}

__attribute__((noinline, noipa)) void throwing() {
    std::unique_ptr<Thing> thing(make());
    throw std::runtime_error("as planned");
}

int main() {
    for (int i = 0; i < 10; i++) {
        try {
            throwing();
        } catch (const std::exception &) {
            delete make();
        }
    }
    std::vector<int> numbers;
    for (int i = 0; i < 10000; i++) {
        numbers.push_back(i);
    }
    std::thread([] { delete make(); }).join();
    return 0;
}
