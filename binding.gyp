{
  'targets': [
    {
      'target_name': 'greenroom',
      'sources': [
        'native/addon.cpp',
        'native/context.cpp',
        'native/fd_watcher.cpp',
        'native/headroom.cpp',
        'native/id_fiber.cpp',
        'native/parked_thread.cpp',
        'native/stack.cpp',
        'native/thread_fiber.cpp',
        'native/thread_identity.cpp',
        'native/tls_fiber.cpp',
      ],
      'cflags_cc': ['-Wall', '-Wextra', '-Wno-unused-parameter', '-Wno-cast-function-type'],
      'conditions': [
        ['OS=="linux"', { 'sources': ['native/switch.S'], 'libraries': ['-pthread'] }],
      ],
    },
  ],
}
