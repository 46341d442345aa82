# frozen_string_literal: true

require "digest"
require_relative "../honesty"
require_relative "../result"
require_relative "root"

module SidecarScan
  # Train's file API over the target's root; answers as Train's local transport does inside the target.
  class TargetFile < Train::File
    TYPES = {
      "file" => :file, "directory" => :directory, "link" => :symlink, "blockSpecial" => :block_device,
      "characterSpecial" => :character_device, "fifo" => :pipe, "socket" => :socket
    }.freeze
    OWNERS = { all: 0o777, owner: 0o700, group: 0o070, other: 0o007 }.freeze
    FLAGS = { r: 0o444, w: 0o222, x: 0o111 }.freeze

    def initialize(backend, path, follow_symlink = true)
      super
      @root = backend.target.root_for(path)
    end

    def exist?
      !entry.nil?
    end

    def file?
      entry ? entry.file? : false
    end

    def directory?
      entry ? entry.directory? : false
    end

    def pipe?
      entry ? entry.pipe? : false
    end

    def socket?
      entry ? entry.socket? : false
    end

    def block_device?
      entry ? entry.blockdev? : false
    end

    def character_device?
      entry ? entry.chardev? : false
    end

    def symlink?
      link = itself_entry
      link ? link.symlink? : false
    end

    # Of the path itself, not of what a link leads to
    def type
      found = itself_entry or raise Errno::ENOENT, @path.to_s
      TYPES.fetch(found.ftype, :unknown)
    end

    def mode
      entry && (entry.mode & 0o7777)
    end

    def mode?(other)
      mode == other
    end

    def uid
      entry&.uid
    end

    def gid
      entry&.gid
    end

    def size
      entry ? entry.size : raise(Errno::ENOENT, @path.to_s)
    end

    def mtime
      entry&.mtime&.to_i
    end

    def owner
      entry && @backend.accounts.user_name(uid)
    end

    def group
      entry && @backend.accounts.group_name(gid)
    end

    def grouped_into?(other)
      group == other
    end

    def basename(*suffix)
      ::File.basename(@path, *suffix)
    end

    def stat
      return {} unless entry

      { type: TYPES.fetch(entry.ftype, :unknown), mode: mode, mtime: mtime, size: size, owner: owner, uid: uid, group: group, gid: gid }
    end

    def selinux_label
      return nil unless entry

      asked { @root.open(@path, @follow_symlink) { |node| node.attribute("security.selinux") } }&.delete("\0")
    rescue Errno::ENOSYS
      Honesty.unavailable!("selinux_label of #{@path}")
    end

    def content
      return @content if defined?(@content)

      @content = entry.nil? || directory? ? nil : asked { @root.read(@path) }&.force_encoding(Encoding::UTF_8)
    end

    def content=(_text)
      raise Train::TransportError, "the proc transport is read-only"
    end

    def link_path
      return nil unless symlink?

      @link_path ||= asked { @root.real_path(@path) }.dup.force_encoding(Encoding::UTF_8)
    rescue Errno::ELOOP
      +""
    rescue *Root::ABSENT
      raise if Honesty.example

      +""
    end

    def shallow_link_path
      return nil unless symlink?

      asked { @root.link_text(@path) }.dup.force_encoding(Encoding::UTF_8)
    end

    def linked_to?(other)
      link_path == other
    end

    def md5sum
      digest(Digest::MD5)
    end

    def sha256sum
      digest(Digest::SHA256)
    end

    def mounted
      found = @backend.target.mounts.at(@path)
      Result.new(found.join, "", found.empty? ? 1 : 0)
    end

    def unix_mode_mask(owner, flag)
      bits = OWNERS[owner.to_sym]
      mask = FLAGS[flag.to_sym]
      bits && mask && (bits & mask)
    end

    private

    # What the path leads to; nil: nothing there
    def entry
      return @entry if defined?(@entry)

      @entry = asked { @root.stat?(@path, @follow_symlink) }
    end

    def itself_entry
      return @itself_entry if defined?(@itself_entry)

      @itself_entry = asked { @root.stat?(@path, false) }
    end

    # Refused is not absent.
    def asked
      yield
    rescue Errno::EACCES, Errno::EPERM => e
      Honesty.unavailable!("#{@path}: #{e.class.name.split("::").last} (the scanner's user may not read it; pod-security: baseline reads every file)")
    end

    def digest(kind)
      return nil if entry.nil? || directory?

      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + @backend.settings.command_timeout
      sum = kind.new
      asked do
        @root.open(@path) do |node|
          node.each_chunk do |chunk|
            sum << chunk
            late = Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
            Honesty.unavailable!("checksum of #{@path}: not done in #{@backend.settings.command_timeout} s") if late
          end
        end
      end
      sum.hexdigest
    end

    # The border to Train: every question of its file API.
    prepend(Module.new do
      TargetFile.public_instance_methods(false).each do |name|
        define_method(name) { |*arguments| Honesty.absorbed { super(*arguments) } }
      end
    end)
  end
end
