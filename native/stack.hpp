// Stack memory, and the frame that starts a function on it.
#pragma once

#include <cstddef>

extern "C" void greenroom_switch_stack(void** save, void* load);

namespace greenroom {

// A mapping with a guard page at its low end. Pages are committed as touched.
class Stack {
 public:
  Stack() = default;
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack();

  // False when the system refuses the mapping.
  bool Allocate(size_t bytes);
  char* top() const { return top_; }
  char* bottom() const { return bottom_; }

 private:
  char* mapping_ = nullptr;
  size_t mapped_bytes_ = 0;
  char* bottom_ = nullptr;
  char* top_ = nullptr;
};

// Gives the pages from `bottom` to well below `stack_pointer` back to the
// system; touched again, they read as zeros. The stack must not be running.
void TrimStack(char* bottom, void* stack_pointer);

// Lays out, below `top`, what greenroom_switch_stack pops to call
// entry(argument). Returns the stack pointer to load. The entry must not return.
void* PlantEntry(char* top, void (*entry)(void*), void* argument);

}  // namespace greenroom
