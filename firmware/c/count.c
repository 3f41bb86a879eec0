/* On a device: the difference of two readings of its timer tells the number of instructions
   between them, exactly (../src/proof.rs). */
#include "count.h"

#include "machine.h"

static uint32_t empty;

static uint32_t instructions(uint32_t ticks)
{
    return (uint32_t)(((uint64_t)ticks * machine_tick + INSTRUCTION / 2) / INSTRUCTION);
}

uint32_t count_call(Operation operation, uintptr_t one, uintptr_t two, uintptr_t three,
                    uintptr_t *result)
{
    return instructions(machine_ticks(operation, one, two, three, result)) - empty;
}

int count_start(void)
{
    uintptr_t ignored;

    machine_start_timer();
    empty = instructions(machine_ticks(machine_nothing, 0, 0, 0, &ignored));
    return count_call(machine_nothing, 0, 0, 0, &ignored) == 0 &&
           count_call(machine_hundred, 0, 0, 0, &ignored) == 100;
}
