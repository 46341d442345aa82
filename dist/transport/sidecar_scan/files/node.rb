# frozen_string_literal: true

require_relative "../honesty"
require_relative "../syscalls"

module SidecarScan
  # A file of the target held open without being read (O_PATH): what was looked at is what is read, whatever the
  # target swaps meanwhile.
  class Node
    CHUNK = 1 << 20

    attr_reader :path

    # `path` is where it lies inside the target, links resolved.
    def initialize(descriptor, path)
      @io = IO.for_fd(descriptor)
      @path = path
    end

    def stat
      @stat ||= @io.stat
    end

    def handle
      "/proc/self/fd/#{@io.fileno}"
    end

    def close
      @io.close
    end

    # Bytes of a regular file, at most `limit`; a longer one is "cannot say".
    def read(limit)
      data = String.new(encoding: Encoding::BINARY)
      each_chunk do |chunk|
        data << chunk
        Honesty.unavailable!("#{@path}: larger than #{limit >> 20} MiB") if data.bytesize > limit
      end
      data
    end

    # Only regular files are read: opening a pipe or a device may block or act. EAGAIN: a file of /proc with nothing to say yet.
    def each_chunk
      raise Errno::EISDIR, @path if stat.directory?
      Honesty.unavailable!("#{@path}: a #{stat.ftype} is not read") unless stat.file?

      File.open(handle, File::RDONLY | File::NONBLOCK | File::NOCTTY) do |file|
        loop { yield file.sysread(CHUNK) }
      end
    rescue EOFError
      nil
    rescue Errno::EAGAIN
      Honesty.unavailable!("#{@path}: reading it would wait")
    end

    def children
      Dir.children(handle)
    end

    def attribute(name)
      Syscalls.extended_attribute(handle, name)
    end
  end
end
