# frozen_string_literal: true

require_relative "root"

module SidecarScan
  # One pass over every file of the image, for profiles that judge the whole tree. Included where `root` and `target` are.
  module Walk
    RUNTIME_FOLDERS = %w[/proc /sys /dev].freeze
    TYPES = {
      "file" => :file, "directory" => :directory, "link" => :symlink, "blockSpecial" => :block_device,
      "characterSpecial" => :character_device, "fifo" => :pipe, "socket" => :socket
    }.freeze
    REFUSED = [Errno::EACCES, Errno::EPERM].freeze

    # Yields [path, {type:, mode:, uid:, gid:, size:, link_target:}] (lstat) for each entry below `path`, once, `path`
    # left out. Links are not followed; /proc, /sys, /dev and whatever is mounted over the image are not its files.
    # Raises nothing; returns {entries:, denied: [folders], truncated:, mounts: [paths]}.
    def walk(path = "/", max: 500_000, &block)
      mounts = mounted_over
      seen = { entries: 0, denied: [], truncated: false, mounts: mounts.keys }
      todo = [path.to_s.b]
      device = nil
      until todo.empty? || seen[:truncated]
        folder = todo.pop
        begin
          root.open(folder, false) do |node|
            device ||= node.stat.dev
            node.stat.dev == device ? walk_folder(node, folder, mounts, todo, seen, max, &block) : seen[:mounts] << text(folder)
          end
        rescue *REFUSED
          seen[:denied] << text(folder)
        rescue *Root::ABSENT
          next # removed since its parent was read; Root has asked whether the target still runs
        end
      end
      seen
    end

    # Up to `limit` bytes from the start of a regular file; nil where it may not be read.
    def read_start(path, limit)
      root.open(path) do |node|
        next nil unless node.stat.file?

        File.open(node.handle, File::RDONLY | File::NONBLOCK | File::NOCTTY | File::BINARY) { |file| file.read(limit) || +"" }
      end
    rescue *REFUSED, *Root::ABSENT
      nil
    end

    private

    # Paths with something mounted on them, by the runtime or by a volume; none where no process runs.
    def mounted_over
      return {} unless target.pid

      folders = File.readlines(target.proc_path("mounts")).map do |line|
        text(line.split(" ")[1].gsub(/\\(\d{3})/) { Regexp.last_match(1).oct.chr })
      end
      (folders - ["/"]).to_h { |folder| [folder, true] }
    rescue SystemCallError
      {}
    end

    def walk_folder(node, folder, mounts, todo, seen, max)
      handle = node.handle
      base = folder.end_with?("/") ? folder : "#{folder}/"
      Dir.each_child(handle, encoding: Encoding::BINARY) do |name|
        at = "#{base}#{name}"
        shown = text(at)
        next if mounts.key?(shown)
        return seen[:truncated] = true if seen[:entries] >= max

        stat = lstat("#{handle}/#{name}") or next
        seen[:entries] += 1
        yield shown, describe(stat, "#{handle}/#{name}")
        todo << at if stat.directory? && !RUNTIME_FOLDERS.include?(shown)
      end
    end

    def describe(stat, handle)
      type = TYPES.fetch(stat.ftype, :unknown)
      target = type == :symlink ? text(File.readlink(handle)) : nil
      { type: type, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid, size: stat.size, link_target: target }
    end

    def lstat(path)
      File.lstat(path)
    rescue Errno::ENOENT
      nil
    end

    def text(bytes)
      bytes.dup.force_encoding(Encoding::UTF_8).scrub
    end
  end
end
