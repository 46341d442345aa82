# frozen_string_literal: true

require "etc"
require_relative "../syscalls"

module SidecarScan
  module Commands
    # The seccomp filter of Watch: which system calls the kernel tells of. Searches through a folder (`find`) name paths
    # relative to an open folder, and are not told of: they would be slow, and see /proc without meaning it.
    module WatchProgram
      AT_FDCWD = 0xffffff9c
      # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC
      WRITES = 0x1 | 0x2 | 0x40 | 0x200
      W_OK = 2
      AT_SYMLINK_NOFOLLOW = 0x100
      # Name → kind, the argument with the folder, the argument with the path
      CALLS = {
        open: [:open, nil, 0], openat: [:open, 0, 1], openat2: [:open, 0, 1], creat: [:write, nil, 0],
        readlink: [:read, nil, 0], readlinkat: [:read, 0, 1], chdir: [:read, nil, 0], statfs: [:statfs, nil, 0],
        stat: [:stat, nil, 0], lstat: [:stat, nil, 0], newfstatat: [:stat, 0, 1], statx: [:stat, 0, 1],
        access: [:access, nil, 0], faccessat: [:access, 0, 1], faccessat2: [:access, 0, 1], socket: [:socket, nil, nil],
        execve: [:exec, nil, nil], execveat: [:exec, nil, nil],
        truncate: [:write, nil, 0], rename: [:write, nil, 0], renameat: [:write, 0, 1], renameat2: [:write, 0, 1],
        mkdir: [:make, nil, 0], mkdirat: [:make, 0, 1], rmdir: [:write, nil, 0], unlink: [:write, nil, 0],
        unlinkat: [:write, 0, 1], link: [:write, nil, 1], linkat: [:write, 2, 3], symlink: [:write, nil, 1],
        symlinkat: [:write, 1, 2], mknod: [:write, nil, 0], mknodat: [:write, 0, 1], chmod: [:write, nil, 0],
        fchmodat: [:write, 0, 1], fchmodat2: [:write, 0, 1], chown: [:write, nil, 0], lchown: [:write, nil, 0],
        fchownat: [:write, 0, 1], setxattr: [:write, nil, 0], lsetxattr: [:write, nil, 0]
      }.freeze
      NUMBERS = {
        "x86_64" => {
          open: 2, openat: 257, openat2: 437, creat: 85, readlink: 89, readlinkat: 267, chdir: 80, statfs: 137, access: 21,
          stat: 4, lstat: 6, newfstatat: 262, statx: 332, execve: 59, execveat: 322,
          faccessat: 269, faccessat2: 439, socket: 41, truncate: 76, rename: 82, renameat: 264, renameat2: 316, mkdir: 83,
          mkdirat: 258, rmdir: 84, unlink: 87, unlinkat: 263, link: 86, linkat: 265, symlink: 88, symlinkat: 266, mknod: 133,
          mknodat: 259, chmod: 90, fchmodat: 268, fchmodat2: 452, chown: 92, lchown: 94, fchownat: 260, setxattr: 188, lsetxattr: 189
        },
        "aarch64" => {
          openat: 56, openat2: 437, readlinkat: 78, chdir: 49, statfs: 43, newfstatat: 79, statx: 291, faccessat: 48, faccessat2: 439, socket: 198,
          execve: 221, execveat: 281,
          truncate: 45, renameat: 38, renameat2: 276, mkdirat: 34, unlinkat: 35, linkat: 37, symlinkat: 36, mknodat: 33,
          fchmodat: 53, fchmodat2: 452, fchownat: 54, setxattr: 5, lsetxattr: 6
        },
      }.freeze
      # AUDIT_ARCH_*: programs of another (32 bits) are not watched
      ARCHITECTURES = { "x86_64" => 0xc000003e, "aarch64" => 0xc00000b7 }.freeze

      LOAD = 0x20
      EQUAL = 0x15
      AT_LEAST = 0x35
      ANY_BIT = 0x45
      RETURN = 0x06
      ALLOW = 0x7fff0000
      TELL = 0x7fc00000
      X32 = 0x40000000

      module_function

      def name(number)
        @names ||= numbers.invert
        @names.fetch(number)
      end

      def numbers
        NUMBERS.fetch(Etc.uname[:machine]) { raise Errno::ENOSYS, Etc.uname[:machine] }
      end

      # `struct sock_filter`s, the same for every command
      def bytes
        @bytes ||= assembled.freeze
      end

      def assembled
        machine = Etc.uname[:machine]
        rules = numbers.flat_map { |call, number| rule(number, body(call)) }
        program = [[LOAD, 0, 0, 4], [EQUAL, 1, 0, ARCHITECTURES.fetch(machine)], answer(ALLOW), [LOAD, 0, 0, 0],
                   [AT_LEAST, 0, 1, X32], answer(ALLOW), *rules, answer(ALLOW)]
        program.map { |instruction| instruction.pack("S<CCL<") }.join
      end

      # The body for one system call; every body returns.
      def rule(number, body)
        [[EQUAL, 0, body.size, number], *body]
      end

      def body(call)
        case call
        when :openat then [argument(0), [EQUAL, 2, 0, AT_FDCWD], argument(2), [ANY_BIT, 0, 1, WRITES], answer(TELL), answer(ALLOW)]
        when :readlinkat, :newfstatat, :statx then [argument(0), [EQUAL, 0, 1, AT_FDCWD], answer(TELL), answer(ALLOW)]
        when :socket then [argument(0), [EQUAL, 3, 0, 2], [EQUAL, 2, 0, 10], [EQUAL, 1, 0, 16], [EQUAL, 0, 1, 17], answer(TELL), answer(ALLOW)]
        else [answer(TELL)]
        end
      end

      # The low half of an argument
      def argument(position)
        [LOAD, 0, 0, 16 + (8 * position)]
      end

      def answer(how)
        [RETURN, 0, 0, how]
      end
    end
  end
end
