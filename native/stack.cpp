#include "stack.hpp"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

extern "C" void greenroom_stack_entry();

namespace greenroom {

namespace {

size_t PageBytes() {
  static const auto bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

// What ordinary calls use and would only fault in again.
constexpr uintptr_t kKeptBytes = 64 * 1024;

}  // namespace

bool Stack::Allocate(size_t bytes) {
  const size_t page = PageBytes();
  const size_t usable = (bytes + page - 1) / page * page;
  void* mapping = mmap(nullptr, usable + page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapping == MAP_FAILED) return false;
  mapping_ = static_cast<char*>(mapping);
  mapped_bytes_ = usable + page;
  bottom_ = mapping_ + page;
  top_ = mapping_ + mapped_bytes_;
  return mprotect(mapping_, page, PROT_NONE) == 0;
}

Stack::~Stack() {
  if (mapping_ != nullptr) munmap(mapping_, mapped_bytes_);
}

void TrimStack(char* bottom, void* stack_pointer) {
  const uintptr_t kept_from = (reinterpret_cast<uintptr_t>(stack_pointer) - kKeptBytes) / PageBytes() * PageBytes();
  const uintptr_t start = reinterpret_cast<uintptr_t>(bottom);
  if (kept_from > start) madvise(bottom, kept_from - start, MADV_DONTNEED);
}

void* PlantEntry(char* top, void (*entry)(void*), void* argument) {
  // Word offsets follow the pops of greenroom_switch_stack in switch.S.
  auto aligned = reinterpret_cast<uintptr_t>(top) & ~static_cast<uintptr_t>(15);
#if defined(__x86_64__)
  // Before a call the ABI wants rsp % 16 == 0: after the final `ret` pops the
  // entry address, rsp is at `aligned`.
  constexpr int kWords = 8;
  auto* frame = reinterpret_cast<uintptr_t*>(aligned) - kWords;
  std::memset(frame, 0, kWords * sizeof(uintptr_t));
  uint32_t mxcsr;
  uint16_t x87_control;
  __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
  __asm__ volatile("fnstcw %0" : "=m"(x87_control));
  frame[0] = mxcsr | (static_cast<uintptr_t>(x87_control) << 32);
  frame[3] = reinterpret_cast<uintptr_t>(argument);               // r13
  frame[4] = reinterpret_cast<uintptr_t>(entry);                  // r12
  frame[7] = reinterpret_cast<uintptr_t>(&greenroom_stack_entry);  // return address
#else
  constexpr int kWords = 22;
  auto* frame = reinterpret_cast<uintptr_t*>(aligned) - kWords;
  std::memset(frame, 0, kWords * sizeof(uintptr_t));
  uint64_t fpcr;
  __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
  frame[0] = reinterpret_cast<uintptr_t>(entry);                   // x19
  frame[1] = reinterpret_cast<uintptr_t>(argument);                // x20
  frame[11] = reinterpret_cast<uintptr_t>(&greenroom_stack_entry);  // x30
  frame[20] = fpcr;
#endif
  return frame;
}

}  // namespace greenroom

#endif
