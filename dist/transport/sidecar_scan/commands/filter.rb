# frozen_string_literal: true

require_relative "../syscalls"

module SidecarScan
  module Commands
    # The system calls that a command of an image may not make: those by which a process reads, steers or stops another, and
    # those whose effect outlives it. A seccomp filter, in the classic BPF of the kernel (linux/filter.h, linux/seccomp.h).
    class Filter
      # By name: number on x86_64, i386, aarch64, arm. From 424 on they are the same everywhere.
      NUMBERS = {
        ptrace: [101, 26, 117, 26], process_vm_readv: [310, 347, 270, 376], process_vm_writev: [311, 348, 271, 377],
        kcmp: [312, 349, 272, 378], pidfd_getfd: [438] * 4, process_madvise: [440] * 4, process_mrelease: [448] * 4,
        perf_event_open: [298, 336, 241, 364], bpf: [321, 357, 280, 386], userfaultfd: [323, 374, 282, 388],
        io_uring_setup: [425] * 4, io_uring_enter: [426] * 4, io_uring_register: [427] * 4,
        add_key: [248, 286, 217, 309], request_key: [249, 287, 218, 310], keyctl: [250, 288, 219, 311],
        unshare: [272, 310, 97, 337], setns: [308, 346, 268, 375], open_by_handle_at: [304, 342, 265, 371],
        move_pages: [279, 317, 239, 344], migrate_pages: [256, 294, 238, 400],
        # the number of a process is told by an open /proc/PID too; whoever uses it falls back to kill
        pidfd_send_signal: [424] * 4,
        # the old way to all of System V IPC
        ipc: [nil, 117, nil, nil],
        # a process by its number, in the first argument
        kill: [62, 37, 129, 37], tkill: [200, 238, 130, 238], tgkill: [234, 270, 131, 268],
        rt_sigqueueinfo: [129, 178, 138, 178], rt_tgsigqueueinfo: [297, 335, 240, 363], pidfd_open: [434] * 4,
        prlimit64: [302, 340, 261, 369], sched_setaffinity: [203, 241, 122, 241], sched_setparam: [142, 154, 118, 154],
        sched_setscheduler: [144, 156, 119, 156], sched_setattr: [314, 351, 274, 380],
        # what the second argument is a number of, in the first
        setpriority: [141, 97, 140, 97], ioprio_set: [251, 289, 30, 314],
        # an operation, in the second argument
        fcntl: [72, 55, 25, 55], fcntl64: [nil, 221, nil, 221], ioctl: [16, 54, 29, 54],
        # makes something that outlives every process
        shmget: [29, 395, 194, 307], semget: [64, 393, 190, 299], msgget: [68, 399, 186, 303]
      }.freeze
      BY_PROCESS = %i[kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open].freeze
      # 0 is the caller. Other numbers are refused: a process can also be told by any of its threads, which come and go, and
      # a scanner without open files would answer falsely.
      OF_ITSELF = %i[prlimit64 sched_setaffinity sched_setparam sched_setscheduler sched_setattr].freeze
      # The kind of number that means one process: PRIO_PROCESS, IOPRIO_WHO_PROCESS
      BY_KIND = { setpriority: 0, ioprio_set: 1 }.freeze
      # F_SETOWN, F_SETSIG, F_SETOWN_EX: the kernel sends the signal
      FCNTL = [8, 10, 15].freeze
      # TIOCSTI, TIOCLINUX; FIOSETOWN, SIOCSPGRP
      BY_OPERATION = { fcntl: FCNTL, fcntl64: FCNTL, ioctl: [0x5412, 0x541c, 0x8901, 0x8902] }.freeze
      # Where the flags stand
      CREATES = { shmget: 2, semget: 2, msgget: 1 }.freeze
      IPC_CREAT = 0o1000
      # AUDIT_ARCH_* of the machine, and of the 32-bit programs that it runs too, with the column above
      ARCHITECTURES = {
        "x86_64" => { 0xc000003e => 0, 0x40000003 => 1 },
        "aarch64" => { 0xc00000b7 => 2, 0x40000028 => 3 },
      }.freeze
      X32 = 0x40000000

      LOAD = 0x20
      EQUAL = 0x15
      AT_LEAST = 0x35
      ANY_BIT = 0x45
      JUMP = 0x05
      RETURN = 0x06
      ALLOW = 0x7fff0000
      REFUSE = 0x00050000 | Errno::EPERM::Errno
      UNKNOWN = 0x00050000 | Errno::ENOSYS::Errno
      NUMBER_AT = 0
      ARCHITECTURE_AT = 4

      # `processes`: numbers of the processes, threads and groups that are out of reach.
      def initialize(machine, processes)
        @architectures = ARCHITECTURES.fetch(machine) { raise Errno::ENOSYS, machine }
        # a group is told by the negative number; -1 is everybody
        @protected = [1, *processes].uniq.flat_map { |pid| [pid, (1 << 32) - pid] }
      end

      # `struct sock_filter`s
      def bytes
        sections = @architectures.map { |audit, column| [audit, section(column, native: column == @architectures.values.first)] }
        program = [[LOAD, 0, 0, ARCHITECTURE_AT]]
        sections.each { |audit, code| program += [[EQUAL, 1, 0, audit], [JUMP, 0, 0, code.size], *code] }
        (program << refuse(UNKNOWN)).map { |instruction| instruction.pack("S<CCL<") }.join
      end

      private

      def section(column, native:)
        x32 = native && column.zero? ? [[AT_LEAST, 0, 1, X32], refuse(UNKNOWN)] : []
        rules = NUMBERS.map { |name, numbers| numbers[column] && rule(numbers[column], body(name)) }.compact.flatten(1)
        [[LOAD, 0, 0, NUMBER_AT], *x32, *rules, allow]
      end

      # The body for one system call; every body returns.
      def rule(number, body)
        [[EQUAL, 1, 0, number], [JUMP, 0, 0, body.size], *body]
      end

      def body(name)
        return by_process(0) if BY_PROCESS.include?(name)
        return of_itself(0) if OF_ITSELF.include?(name)
        return [argument(0), [EQUAL, 1, 0, BY_KIND[name]], refuse, *of_itself(1)] if BY_KIND.key?(name)
        return [argument(1), *unless_one_of(BY_OPERATION[name])] if BY_OPERATION.key?(name)
        return creates(CREATES[name]) if CREATES.key?(name)

        [refuse]
      end

      def by_process(position)
        [argument(position), *unless_one_of(@protected)]
      end

      def of_itself(position)
        [argument(position), [EQUAL, 1, 0, 0], refuse, allow]
      end

      # A key of zero always makes a new one.
      def creates(position)
        [argument(0), [EQUAL, 0, 1, 0], refuse, argument(position), [ANY_BIT, 0, 1, IPC_CREAT], refuse, allow]
      end

      def unless_one_of(values)
        [*values.flat_map { |value| [[EQUAL, 0, 1, value], refuse] }, allow]
      end

      # The low half: numbers of processes and operations have 32 bits.
      def argument(position)
        [LOAD, 0, 0, 16 + (8 * position)]
      end

      def allow
        [RETURN, 0, 0, ALLOW]
      end

      def refuse(how = REFUSE)
        [RETURN, 0, 0, how]
      end
    end
  end
end
