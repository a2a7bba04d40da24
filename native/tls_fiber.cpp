// Switch kind "tls": the stack and the thread-local storage of a parked pthread.
// The switch exchanges the stack pointer and the thread pointer, so everything
// thread-local belongs to the context: no scan is needed, but see ENGINE.md
// traps 4, 8, 14 and 15.
#include "fiber.hpp"
#include "parked_thread.hpp"
#include "stack.hpp"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <sys/auxv.h>
#include <sys/syscall.h>

#include <cstdint>

#if defined(__x86_64__)
#include <asm/prctl.h>
#endif

namespace greenroom {
namespace {

#if defined(__x86_64__)
// The kernel lets user code write the FS base if it says so in AT_HWCAP2.
const bool kHasFsgsbase = (getauxval(AT_HWCAP2) & 2) != 0;

inline __attribute__((always_inline)) void* ThreadPointer() {
  void* pointer;  // word 0 of the thread control block points to itself
  __asm__ volatile("movq %%fs:0, %0" : "=r"(pointer));
  return pointer;
}

inline __attribute__((always_inline)) void SetThreadPointer(void* pointer, bool has_fsgsbase) {
  if (has_fsgsbase) {
    __asm__ volatile("wrfsbase %0" : : "r"(pointer) : "memory");
  } else {
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(static_cast<long>(SYS_arch_prctl)), "D"(static_cast<long>(ARCH_SET_FS)), "S"(pointer)
                     : "rcx", "r11", "memory");
  }
}
#else
constexpr bool kHasFsgsbase = true;

inline __attribute__((always_inline)) void* ThreadPointer() {
  void* pointer;
  __asm__ volatile("mrs %0, tpidr_el0" : "=r"(pointer));
  return pointer;
}

inline __attribute__((always_inline)) void SetThreadPointer(void* pointer, bool) {
  __asm__ volatile("msr tpidr_el0, %0" : : "r"(pointer) : "memory");
}
#endif

// No code may touch thread-locals between the two steps, and none may keep an
// address of one across them: hence a function of its own, without inlining.
__attribute__((noinline)) void SwitchStackAndThread(void** save, void* load, void* thread_pointer) {
  SetThreadPointer(thread_pointer, kHasFsgsbase);
  greenroom_switch_stack(save, load);
}

// The lowest usable address of the calling thread's stack, above its guard.
char* StackBottom() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return nullptr;
  void* bottom = nullptr;
  size_t bytes = 0;
  pthread_attr_getstack(&attributes, &bottom, &bytes);
  pthread_attr_destroy(&attributes);
  return static_cast<char*>(bottom);
}

// The park frame, and what glibc calls from it, lives above the context's own frames.
constexpr size_t kParkFrameBytes = 16 * 1024;

class TlsFiber final : public Fiber {
 public:
  TlsFiber(Entry entry, void* argument) : entry_(entry), argument_(argument) {}

  ~TlsFiber() override {
    if (!started_) return;
    unpark_.Pass();
    pthread_join(thread_, nullptr);
  }

  bool Prepare(size_t stack_bytes) {
    started_ = StartParkedThread(&thread_, stack_bytes + kParkFrameBytes, &TlsFiber::Park, this);
    if (started_) parked_.Take();
    return started_;
  }

  void SwitchIn() override {
    // Whoever steps may itself be a context: return to *its* thread (trap 14).
    resumer_thread_pointer_ = ThreadPointer();
    SwitchStackAndThread(&resumer_stack_pointer_, stack_pointer_, thread_pointer_);
  }

  void SwitchOut() override { SwitchStackAndThread(&stack_pointer_, resumer_stack_pointer_, resumer_thread_pointer_); }

  void Trim() override {
    if (stack_bottom_ != nullptr) TrimStack(stack_bottom_, stack_pointer_);
  }

 private:
  static void* Park(void* self) {
    auto* fiber = static_cast<TlsFiber*>(self);
    const auto park_frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    fiber->thread_pointer_ = ThreadPointer();
    fiber->stack_bottom_ = StackBottom();
    fiber->stack_pointer_ = PlantEntry(reinterpret_cast<char*>(park_frame - kParkFrameBytes), &TlsFiber::Main, fiber);
    fiber->parked_.Pass();
    fiber->unpark_.Take();
    return nullptr;
  }

  static void Main(void* self) {
    auto* fiber = static_cast<TlsFiber*>(self);
    fiber->entry_(fiber->argument_);
    fiber->SwitchOut();  // the last one: nobody switches in again
  }

  const Entry entry_;
  void* const argument_;
  pthread_t thread_{};
  bool started_ = false;
  Baton parked_;
  Baton unpark_;
  char* stack_bottom_ = nullptr;
  void* thread_pointer_ = nullptr;
  void* stack_pointer_ = nullptr;
  void* resumer_thread_pointer_ = nullptr;
  void* resumer_stack_pointer_ = nullptr;
};

}  // namespace

std::unique_ptr<Fiber> MakeTlsFiber(size_t stack_bytes, Fiber::Entry entry, void* argument) {
  auto fiber = std::make_unique<TlsFiber>(entry, argument);
  if (!fiber->Prepare(stack_bytes)) return nullptr;
  return fiber;
}

}  // namespace greenroom

#else

namespace greenroom {
std::unique_ptr<Fiber> MakeTlsFiber(size_t, Fiber::Entry, void*) { return nullptr; }
}  // namespace greenroom

#endif
