// A Fiber is a second stack that can be switched to and back: the one seam
// between greenroom and the machine. Nothing here knows V8 beyond the words
// that ThreadIdentity exchanges; context.cpp does the V8 side of a switch.
//
// Asymmetric: SwitchIn() runs the fiber until it calls SwitchOut() or its entry
// returns. Whoever called SwitchIn() last is where SwitchOut() goes.
#pragma once

#include <cstddef>
#include <memory>

#include "thread_identity.hpp"

namespace greenroom {

enum class SwitchKind { kId, kTls, kThread };

class Fiber {
 public:
  using Entry = void (*)(void* argument);

  Fiber() = default;
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  // Allowed only before the first SwitchIn() and after the entry has returned.
  virtual ~Fiber() = default;

  virtual void SwitchIn() = 0;
  virtual void SwitchOut() = 0;

  // Gives pages below the suspended frames, which deeper calls once touched,
  // back to the system. Does nothing where the kind does not know its stack.
  virtual void Trim() {}
};

// Whether this build has the assembly that kId and kTls need.
constexpr bool kHasStackSwitch =
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
    true;
#else
    false;
#endif

// Each returns null when the system refuses memory or a thread.
std::unique_ptr<Fiber> MakeIdFiber(ThreadIdentity* identity, size_t stack_bytes, Fiber::Entry entry, void* argument);
std::unique_ptr<Fiber> MakeTlsFiber(size_t stack_bytes, Fiber::Entry entry, void* argument);
std::unique_ptr<Fiber> MakeThreadFiber(size_t stack_bytes, Fiber::Entry entry, void* argument);

}  // namespace greenroom
