// Switch kind "thread": each context is a pthread, and control is handed from
// one to the other. Slow (two context switches of the kernel a round trip) and
// portable; also the oracle that the faster kinds are tested against. No Trim():
// what a blocked thread needs below its own frames is the C library's business.
#include "fiber.hpp"
#include "parked_thread.hpp"

namespace greenroom {

#if !defined(_WIN32)

namespace {

class ThreadFiber final : public Fiber {
 public:
  ThreadFiber(Entry entry, void* argument) : entry_(entry), argument_(argument) {}

  ~ThreadFiber() override {
    if (!started_) return;
    // The thread ends after its entry, or without running it if never switched in.
    to_fiber_.Pass();
    pthread_join(thread_, nullptr);
  }

  bool Prepare(size_t stack_bytes) {
    started_ = StartParkedThread(&thread_, stack_bytes, &ThreadFiber::Main, this);
    return started_;
  }

  void SwitchIn() override {
    entered_ = true;
    to_fiber_.Pass();
    to_resumer_.Take();
  }

  void SwitchOut() override {
    to_resumer_.Pass();
    to_fiber_.Take();
  }

 private:
  static void* Main(void* self) {
    auto* fiber = static_cast<ThreadFiber*>(self);
    fiber->to_fiber_.Take();
    if (!fiber->entered_) return nullptr;
    fiber->entry_(fiber->argument_);
    fiber->SwitchOut();  // comes back when the destructor passes the baton
    return nullptr;
  }

  const Entry entry_;
  void* const argument_;
  pthread_t thread_{};
  bool started_ = false;
  bool entered_ = false;
  Baton to_fiber_;
  Baton to_resumer_;
};

}  // namespace

std::unique_ptr<Fiber> MakeThreadFiber(size_t stack_bytes, Fiber::Entry entry, void* argument) {
  auto fiber = std::make_unique<ThreadFiber>(entry, argument);
  if (!fiber->Prepare(stack_bytes)) return nullptr;
  return fiber;
}

#else

std::unique_ptr<Fiber> MakeThreadFiber(size_t, Fiber::Entry, void*) { return nullptr; }

#endif

}  // namespace greenroom
