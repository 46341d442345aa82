# frozen_string_literal: true

require "etc"

module SidecarScan
  # The few Linux system calls that Ruby has no method for. ENOSYS where the architecture is not in the table.
  module Syscalls
    # Newer than the unified table: one number on every architecture.
    EVERYWHERE = { close_range: 436, openat2: 437, landlock_create_ruleset: 444, landlock_restrict_self: 446 }.freeze
    NUMBERS = {
      "x86_64" => { prctl: 157, capset: 126, getxattr: 191, statfs: 137, seccomp: 317, ioctl: 16, pread64: 17, close: 3, **EVERYWHERE },
      "aarch64" => { prctl: 167, capset: 91, getxattr: 8, statfs: 43, seccomp: 277, ioctl: 29, pread64: 67, close: 57, **EVERYWHERE },
    }.freeze

    O_PATH = 0o10000000
    O_CLOEXEC = 0o2000000
    HOW_BYTES = 24
    RESOLVE_NO_XDEV = 0x01
    RESOLVE_NO_SYMLINKS = 0x04
    RESOLVE_BENEATH = 0x08
    PR_SET_DUMPABLE = 4
    PR_SET_CHILD_SUBREAPER = 36
    PR_SET_NO_NEW_PRIVS = 38
    SECCOMP_SET_MODE_FILTER = 1
    SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4 # the filter is no sandbox for native code: no speculation barriers
    CLOSE_RANGE_CLOEXEC = 4
    LANDLOCK_CREATE_RULESET_VERSION = 1
    LANDLOCK_SCOPE_SIGNAL = 2
    LANDLOCK_SCOPES_SINCE = 6
    SECCOMP_FILTER_FLAG_NEW_LISTENER = 8
    # SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
    NOTIFY_SET_FLAGS = (1 << 30) | (8 << 16) | (0x21 << 8) | 4
    SYNC_WAKE_UP = 1
    CAPABILITY_VERSION_3 = 0x20080522

    module_function

    def number(name)
      @machine ||= Etc.uname[:machine]
      (NUMBERS[@machine] || {})[name] or raise Errno::ENOSYS, name.to_s
    end

    # A descriptor (O_PATH) for a path below `dirfd` that holds no symbolic link (else ELOOP) and no mount (else EXDEV).
    def open_beneath(dirfd, path, nofollow)
      syscall(number(:openat2), dirfd, +path, how(nofollow), HOW_BYTES)
    end

    # Whether a path below `dirfd`, there or not, has no symbolic link and no mount on its way. False where that is not known.
    def direct?(dirfd, path, nofollow)
      close(open_beneath(dirfd, path.b.sub(%r{\A/+}, ""), nofollow))
      true
    rescue Errno::ENOENT, Errno::ENOTDIR
      true
    rescue SystemCallError, ArgumentError
      false
    end

    # The address of `struct open_how`, made once
    def how(nofollow)
      @hows ||= {}
      @hows[nofollow] ||= Memory.new(HOW_BYTES).tap do |memory|
        flags = O_PATH | O_CLOEXEC | (nofollow ? File::NOFOLLOW : 0)
        memory.write([flags, 0, RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH].pack("Q3"))
      end
      @hows[nofollow].address
    end

    def no_new_privileges
      syscall(number(:prctl), PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    end

    # Orphans among this process's descendants become its children.
    def become_subreaper
      syscall(number(:prctl), PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    end

    # Until the next program is executed, only CAP_SYS_PTRACE looks into this process; what it forks inherits that.
    def hide_from_ptrace
      syscall(number(:prctl), PR_SET_DUMPABLE, 0, 0, 0, 0)
    end

    # A seccomp filter for this process and all it starts. `filter`: the bytes of `struct sock_filter`s.
    def filter(filter)
      program = [filter.bytesize / 8, address(filter)].pack("Sx6J")
      syscall(number(:seccomp), SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, address(program))
    end

    # This process and all it starts can signal, trace and look into one another and nobody else (Landlock). ENOSYS where
    # the kernel has no such scope.
    def scope_signals
      version = syscall(number(:landlock_create_ruleset), 0, 0, LANDLOCK_CREATE_RULESET_VERSION)
      raise Errno::ENOSYS, "Landlock #{version}" if version < LANDLOCK_SCOPES_SINCE

      rules = [0, 0, LANDLOCK_SCOPE_SIGNAL].pack("Q3")
      ruleset = IO.for_fd(syscall(number(:landlock_create_ruleset), address(rules), rules.bytesize, 0))
      syscall(number(:landlock_restrict_self), ruleset.fileno, 0)
    ensure
      ruleset&.close
    end

    # Descriptors from this one on do not reach the next program.
    def close_on_exec_from(first)
      syscall(number(:close_range), first, 0xffffffff, CLOSE_RANGE_CLOEXEC)
    end

    # Whether the machine's numbers are known.
    def known?
      NUMBERS.key?(Etc.uname[:machine])
    end

    # A seccomp filter for this process and all it starts, and the descriptor that tells of the system calls it names.
    # `filter`: the bytes of `struct sock_filter`s. The process must have no_new_privileges.
    def listening_filter(filter)
      program = [filter.bytesize / 8, address(filter)].pack("Sx6J")
      syscall(number(:seccomp), SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, address(program))
    end

    # ioctl with a structure that is read, written or both
    def control(descriptor, request, memory)
      syscall(number(:ioctl), descriptor, request, memory.address)
    end

    # The kernel then wakes the reader of the listener on the processor of the process that waits for an answer: to wake another
    # processor takes several times as long. Kernels before 6.6 refuse this, and go on as before.
    def wake_on_the_same_processor(listener)
      syscall(number(:ioctl), listener, NOTIFY_SET_FLAGS, SYNC_WAKE_UP)
    rescue SystemCallError
      nil
    end

    # A descriptor that no IO object holds
    def close(descriptor)
      syscall(number(:close), descriptor)
    end

    # Reads into memory, from an offset of any size; how many bytes.
    def read_at(descriptor, memory, bytes, offset)
      syscall(number(:pread64), descriptor, memory.address, bytes, offset)
    end

    # Leaves this process at most the capabilities of the mask.
    def limit_capabilities(mask)
      low = mask & 0xffffffff
      high = mask >> 32
      header = [CAPABILITY_VERSION_3, 0].pack("L2")
      data = [low, low, 0, high, high, 0].pack("L6")
      syscall(number(:capset), address(header), address(data))
    end

    # Value of an extended attribute, or nil where there is none.
    def extended_attribute(path, name)
      buffer = "\0" * 4096
      size = syscall(number(:getxattr), +path, +name, address(buffer), buffer.bytesize)
      buffer.byteslice(0, size)
    rescue Errno::ENODATA, Errno::EOPNOTSUPP
      nil
    end

    # [block size, blocks, free blocks, blocks free to all] of the file system a path is on: struct statfs of 64-bit Linux.
    def file_system(path)
      buffer = "\0" * 256
      syscall(number(:statfs), +path, address(buffer))
      buffer.unpack("Q10").values_at(9, 2, 3, 4)
    end

    # Kernel#syscall takes no frozen text and refuses text with zero bytes; a structure is passed by its address (the caller keeps it alive).
    def address(bytes)
      [bytes].pack("P").unpack1("J")
    end

    # Zero bytes that stay where they are, for calls that are made often: to ask for the address of a text costs more than the
    # call. They are written in place only, and read as copies.
    class Memory
      attr_reader :address

      def initialize(size)
        @zeros = ("\0" * size).freeze
        @bytes = String.new(@zeros, encoding: Encoding::BINARY)
        @bytes[0, size] = @zeros
        @address = Syscalls.address(@bytes)
      end

      def clear
        @bytes[0, @zeros.bytesize] = @zeros
      end

      def write(text)
        @bytes[0, text.bytesize] = text
      end

      def unpack(format)
        @bytes.unpack(format)
      end

      # Up to the first zero byte among so many
      def text(bytes)
        @bytes.unpack1("Z#{bytes}")
      end
    end
  end
end
