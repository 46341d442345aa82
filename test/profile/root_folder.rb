# frozen_string_literal: true

require "fileutils"

# A folder made to look like an image's root file system.
class RootFolder
  attr_reader :path

  def self.make(parent, name, &block)
    new(File.join(parent, name)).tap { |root| root.instance_eval(&block) }
  end

  def initialize(path)
    @path = path
    FileUtils.mkdir_p(path)
    File.chmod(0o755, path)
  end

  def file(at, text = "text\n", mode: 0o644, uid: 0, gid: 0)
    FileUtils.mkdir_p(File.dirname(inside(at)), mode: 0o755)
    File.binwrite(inside(at), text)
    own(at, mode, uid, gid)
  end

  def program(at, text = "\x7FELF program", **owner)
    file(at, text, mode: 0o755, **owner)
  end

  def folder(at, mode: 0o755, uid: 0, gid: 0)
    FileUtils.mkdir_p(inside(at))
    own(at, mode, uid, gid)
  end

  def link(at, target)
    FileUtils.mkdir_p(File.dirname(inside(at)))
    File.symlink(target, inside(at))
  end

  def device(at)
    system("mknod", inside(at), "c", "1", "3", exception: true)
  end

  def own(at, mode, uid, gid)
    File.chown(uid, gid, inside(at))
    File.chmod(mode, inside(at))
  end

  private

  def inside(at)
    File.join(@path, at)
  end
end
