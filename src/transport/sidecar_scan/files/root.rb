# frozen_string_literal: true

require_relative "node"
require_relative "../syscalls"

module SidecarScan
  # Path lookup that never leaves one folder, the target's root. Every step opens one name below a held directory
  # without following links; links and `..` are followed here, as text, inside the root. So neither a link nor a
  # swap between look and open can lead outside.
  class Root
    MAX_LINKS = 40
    READ_LIMIT = 64 << 20
    ABSENT = [Errno::ENOENT, Errno::ENOTDIR, Errno::ELOOP, Errno::ENAMETOOLONG].freeze
    # Below these a target may have names of its own (`rename`): one system call for the whole path would pass them by.
    RENAMED = %r{\A(?:proc|sys|dev)(?:/|\z)}.freeze
    NO_OPENAT2 = [Errno::ENOSYS, Errno::EPERM, Errno::EINVAL, Errno::E2BIG, Errno::EAGAIN].freeze

    attr_reader :folder

    # `on_absent` is called before "no such file" is told: a target that has ended has no files at all.
    # `rename` maps [parent's path, name] to the name to open: /proc/self is the target, not the scanner. An absolute path
    # is opened as it is.
    def initialize(folder, rename: nil, on_absent: nil)
      @folder = folder
      @rename = rename
      @on_absent = on_absent
      @top = Node.new(IO.sysopen("#{folder}/.", Syscalls::O_PATH), "/")
      @openat2 = true
    end

    # Yields the Node; raises Errno::* as the system does.
    def open(path, follow = true)
      node = found(path, follow)
      yield node
    rescue *ABSENT
      @on_absent&.call
      raise
    rescue Errno::EACCES, Errno::EPERM => e
      raise e unless e.message.include?("/proc/self/fd/")

      raise e.class, path.to_s # by its name, not by our descriptor
    ensure
      node&.close unless node.equal?(@top)
    end

    def stat(path, follow = true)
      open(path, follow, &:stat)
    end

    # nil where there is nothing
    def stat?(path, follow = true)
      stat(path, follow)
    rescue *ABSENT
      nil
    end

    def read(path, limit = READ_LIMIT)
      open(path) { |node| node.read(limit) }
    end

    # Text of a file, nil where there is none.
    def text?(path)
      read(path)&.force_encoding(Encoding::UTF_8)&.scrub
    rescue *ABSENT, Errno::EISDIR
      nil
    end

    def children(path)
      open(path, &:children)
    end

    # Where a path leads to, links resolved.
    def real_path(path)
      walk_path(path)
    end

    # The text of a link
    def link_text(path)
      folder, name = File.split(path.to_s.b.sub(%r{/+\z}, ""))
      open(folder) { |node| File.readlink("#{node.handle}/#{name}") }
    end

    def executable?(path)
      stat = stat?(path)
      !stat.nil? && stat.file? && (stat.mode & 0o111) != 0
    end

    # Whether a path, there or not, is of the folder alone: no link and nothing mounted on the way. False where that is not known.
    def own?(path)
      Syscalls.direct?(File.basename(handle).to_i, path.to_s, false)
    end

    # Held open, so a command can enter it.
    def handle
      @top.handle
    end

    private

    # The empty path names nothing, as the system has it: it is not the root folder.
    def found(path, follow)
      raise Errno::ENOENT, "''" if path.to_s.empty?

      fast(path, follow) || walk(path, follow)
    end

    # One system call for paths without links and mounts; nil where the walk must decide.
    def fast(path, follow)
      bytes = path.to_s.b
      relative = bytes.sub(%r{\A(?:\.?/+)+}, "")
      return nil if !@openat2 || relative.empty? || RENAMED.match?(relative) || bytes.include?("\0") || relative.include?("..")

      descriptor = Syscalls.open_beneath(File.basename(handle).to_i, relative, !follow)
      Node.new(descriptor, "/#{relative}")
    rescue Errno::ELOOP, Errno::EXDEV
      nil
    rescue *NO_OPENAT2
      @openat2 = false
      nil
    end

    def walk_path(path)
      raise Errno::ENOENT, "''" if path.to_s.empty?

      node = walk(path, true)
      node.path
    ensure
      node&.close unless node.equal?(@top)
    end

    def walk(path, follow)
      trail = [@top]
      todo = names(path)
      links = 0
      until todo.empty?
        name = todo.shift
        next if name == "."
        next close_last(trail) if name == ".."

        node = child(trail, name)
        if node.stat.symlink? && (follow || !todo.empty?)
          node.close
          raise Errno::ELOOP, path.to_s if (links += 1) > MAX_LINKS

          text = File.readlink(place(trail, name)).b
          close_last(trail) while text.start_with?("/") && trail.size > 1
          todo = names(text) + todo
        else
          trail << node
          raise Errno::ENOTDIR, path.to_s if !todo.empty? && !node.stat.directory?
        end
      end
      trail.pop
    ensure
      trail.drop(1).each(&:close) if trail
    end

    # Keeps a closing "." for a trailing slash: what stands before it must be a directory.
    def names(path)
      bytes = path.to_s.b
      parts = bytes.split("/").reject(&:empty?)
      parts << "." if bytes.end_with?("/") && !parts.empty?
      parts
    end

    def child(trail, name)
      descriptor = IO.sysopen(place(trail, name), Syscalls::O_PATH | File::NOFOLLOW)
      Node.new(descriptor, File.join(trail.last.path, name))
    end

    def place(trail, name)
      seen = @rename ? @rename.call(trail.last.path, name) : name
      seen.start_with?("/") ? seen : "#{trail.last.handle}/#{seen}"
    end

    def close_last(trail)
      trail.pop.close if trail.size > 1
    end
  end
end
