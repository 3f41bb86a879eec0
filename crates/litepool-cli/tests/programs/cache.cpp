// A cache whose entries know one another: those that go in circles stay. What is never freed is marked: leak BLOCKS.

#include <map>
#include <memory>
#include <string>
#include <vector>

struct Entry {
    std::string key;
    std::shared_ptr<Entry> peer;
    std::vector<int> values;
};

class Cache {
public:
    __attribute__((noinline)) void put(int number) {
        auto entry = std::make_shared<Entry>(); // leak 2500
        entry->key = "the key of entry number " + std::to_string(number); // leak 2500
        for (int value = 0; value < 40; value++) entry->values.push_back(value * number); // leak 2500
        // It is its own peer if it is alone.
        if (number % 20 == 0) entry->peer = entry;
        entries[number % 64] = entry;
    }

    __attribute__((noinline)) int *counter(int number) {
        int *counter = new int(number); // leak 50000
        return counter;
    }

private:
    std::map<int, std::shared_ptr<Entry>> entries;
};

int main() {
    Cache cache;
    int sum = 0;
    for (int number = 0; number < 50000; number++) {
        cache.put(number);
        sum += *cache.counter(number);
    }
    return sum == 1;
}
