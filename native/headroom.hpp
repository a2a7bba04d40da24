// How much of what the system grants this process contexts may take. V8 ends
// the process when it cannot map memory for its own heap, so a context that
// took the last of it would take everything down with it.
#pragma once

#include <cstddef>

namespace greenroom {

// Counts as one context of this process as long as it lives.
class ContextCount {
 public:
  ContextCount();
  ~ContextCount();
  ContextCount(const ContextCount&) = delete;
  ContextCount& operator=(const ContextCount&) = delete;
};

// Which limit, in words, stands against another stack of so many bytes; null if none does.
const char* LimitReached(size_t stack_bytes);

}  // namespace greenroom
