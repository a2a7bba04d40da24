#include "thread_identity.hpp"

#if defined(__linux__)

#include <cxxabi.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>

#include <cstring>

extern "C" void* __libc_stack_end __attribute__((weak));

namespace greenroom {
namespace {

struct TlsBlock {
  uintptr_t code_address;  // in: code of the module wanted
  char* start = nullptr;   // out: its block in the calling thread
  size_t bytes = 0;
};

int FindTlsBlock(dl_phdr_info* info, size_t, void* data) {
  auto* block = static_cast<TlsBlock*>(data);
  bool holds_code = false;
  size_t tls_bytes = 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const auto& header = info->dlpi_phdr[i];
    const uintptr_t start = info->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD && block->code_address - start < header.p_memsz) holds_code = true;
    if (header.p_type == PT_TLS) tls_bytes = header.p_memsz;
  }
  if (!holds_code) return 0;
  block->start = static_cast<char*>(info->dlpi_tls_data);
  block->bytes = tls_bytes;
  return 1;
}

// What V8 may have cached as the start of this thread's stack: on the main
// thread Node 20 takes the top of the mapping, later ones glibc's mark below the
// arguments; on other threads the two are the same.
struct StackStarts {
  void* mapping_top = nullptr;
  void* libc_mark = nullptr;
  bool Has(void* candidate) const {
    return candidate != nullptr && (candidate == mapping_top || candidate == libc_mark);
  }
};

StackStarts StackStartsOfThisThread() {
  StackStarts starts;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return starts;
  void* base = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attributes, &base, &size);
  pthread_attr_destroy(&attributes);
  starts.mapping_top = static_cast<char*>(base) + size;
  if (&__libc_stack_end == nullptr) return starts;  // not glibc
  if (__libc_stack_end >= base && __libc_stack_end < starts.mapping_top) starts.libc_mark = __libc_stack_end;
  return starts;
}

// A signal handler that ran while a word is flipped could read it.
class BlockSignals {
 public:
  BlockSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

struct EhGlobals {  // Itanium C++ ABI, section 2.2.2
  void* caught_exceptions;
  unsigned int uncaught_exceptions;
};

}  // namespace

bool ThreadIdentity::Find(v8::Isolate* isolate) {
  isolate_ = isolate;
  TlsBlock block;
  block.code_address = reinterpret_cast<uintptr_t>(&v8::Locker::IsLocked);
  dl_iterate_phdr(FindTlsBlock, &block);
  if (block.start == nullptr || !v8::Locker::IsLocked(isolate)) return false;

  BlockSignals no_signals;
  int ids = 0;
  for (size_t at = 0; at + sizeof(int32_t) <= block.bytes; at += sizeof(int32_t)) {
    auto* word = reinterpret_cast<volatile int32_t*>(block.start + at);
    const int32_t original = *word;
    *word = original ^ 0x2aaaaaaa;
    const bool locked_when_changed = v8::Locker::IsLocked(isolate);
    *word = original;
    if (locked_when_changed || !v8::Locker::IsLocked(isolate)) continue;
    thread_id_ = const_cast<int32_t*>(word);
    ids++;
  }

  const StackStarts stack_starts = StackStartsOfThisThread();
  int starts = 0;
  for (size_t at = 0; at + sizeof(void*) <= block.bytes; at += sizeof(void*)) {
    auto* word = reinterpret_cast<void**>(block.start + at);
    if (!stack_starts.Has(*word)) continue;
    stack_start_ = word;
    starts++;
  }
  return ids == 1 && starts == 1;
}

int32_t ThreadIdentity::NewThreadId() {
  BlockSignals no_signals;
  const int32_t own = *thread_id_;
  *thread_id_ = 0;
  v8::Locker::IsLocked(isolate_);  // a thread without an id is given the next one
  const int32_t fresh = *thread_id_;
  *thread_id_ = own;
  return fresh;
}

ThreadWords ThreadIdentity::Exchange(const ThreadWords& words) {
  auto* eh = reinterpret_cast<EhGlobals*>(abi::__cxa_get_globals());
  const ThreadWords before{*thread_id_, *stack_start_, eh->caught_exceptions, eh->uncaught_exceptions};
  *thread_id_ = words.thread_id;
  *stack_start_ = words.stack_start;
  eh->caught_exceptions = words.caught_exceptions;
  eh->uncaught_exceptions = words.uncaught_exceptions;
  return before;
}

}  // namespace greenroom

#else

namespace greenroom {
bool ThreadIdentity::Find(v8::Isolate*) { return false; }
int32_t ThreadIdentity::NewThreadId() { return 0; }
ThreadWords ThreadIdentity::Exchange(const ThreadWords& words) { return words; }
}  // namespace greenroom

#endif
