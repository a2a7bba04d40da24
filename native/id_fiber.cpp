// Switch kind "id": a stack of its own on the same OS thread; only V8's notion
// of which thread this is goes with it.
#include "fiber.hpp"
#include "stack.hpp"

namespace greenroom {

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

namespace {

class IdFiber final : public Fiber {
 public:
  IdFiber(ThreadIdentity* identity, Entry entry, void* argument)
      : identity_(identity), entry_(entry), argument_(argument) {}

  bool Prepare(size_t stack_bytes) {
    if (!stack_.Allocate(stack_bytes)) return false;
    words_.thread_id = identity_->NewThreadId();
    words_.stack_start = stack_.top();
    stack_pointer_ = PlantEntry(stack_.top(), &IdFiber::Main, this);
    return true;
  }

  void SwitchIn() override {
    const ThreadWords resumer = identity_->Exchange(words_);
    greenroom_switch_stack(&resumer_stack_pointer_, stack_pointer_);
    words_ = identity_->Exchange(resumer);
  }

  void SwitchOut() override { greenroom_switch_stack(&stack_pointer_, resumer_stack_pointer_); }

  void Trim() override { TrimStack(stack_.bottom(), stack_pointer_); }

 private:
  static void Main(void* self) {
    auto* fiber = static_cast<IdFiber*>(self);
    fiber->entry_(fiber->argument_);
    fiber->SwitchOut();  // the last one: nobody switches in again
  }

  ThreadIdentity* const identity_;
  const Entry entry_;
  void* const argument_;
  Stack stack_;
  ThreadWords words_;
  void* stack_pointer_ = nullptr;
  void* resumer_stack_pointer_ = nullptr;
};

}  // namespace

std::unique_ptr<Fiber> MakeIdFiber(ThreadIdentity* identity, size_t stack_bytes, Fiber::Entry entry, void* argument) {
  auto fiber = std::make_unique<IdFiber>(identity, entry, argument);
  if (!fiber->Prepare(stack_bytes)) return nullptr;
  return fiber;
}

#else

std::unique_ptr<Fiber> MakeIdFiber(ThreadIdentity*, size_t, Fiber::Entry, void*) { return nullptr; }

#endif

}  // namespace greenroom
