# frozen_string_literal: true

require "etc"

module SidecarScan
  # The few Linux system calls that Ruby has no method for. ENOSYS where the architecture is not in the table.
  module Syscalls
    # openat2 has one number everywhere (it is newer than the unified table).
    NUMBERS = {
      "x86_64" => { prctl: 157, capset: 126, getxattr: 191, statfs: 137, openat2: 437 },
      "aarch64" => { prctl: 167, capset: 91, getxattr: 8, statfs: 43, openat2: 437 },
    }.freeze

    O_PATH = 0o10000000
    RESOLVE_NO_SYMLINKS = 0x04
    RESOLVE_BENEATH = 0x08
    PR_SET_NO_NEW_PRIVS = 38
    CAPABILITY_VERSION_3 = 0x20080522

    module_function

    def number(name)
      @machine ||= Etc.uname[:machine]
      (NUMBERS[@machine] || {})[name] or raise Errno::ENOSYS, name.to_s
    end

    # A descriptor (O_PATH) for a path below `dirfd` that holds no symbolic link; ELOOP where it does.
    def open_beneath(dirfd, path, nofollow)
      flags = O_PATH | 0o2000000 | (nofollow ? File::NOFOLLOW : 0) # 0o2000000: O_CLOEXEC
      how = [flags, 0, RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH].pack("Q3")
      syscall(number(:openat2), dirfd, +path, address(how), how.bytesize)
    end

    def no_new_privileges
      syscall(number(:prctl), PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
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
  end
end
