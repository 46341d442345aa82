# frozen_string_literal: true

require "fileutils"
require "open3"
require "tmpdir"

# Debian's kmod with the libraries that it needs, to be run in a root folder of its own.
module KmodRoot
  CACHE = "#{ENV.fetch("XDG_CACHE_HOME", "#{Dir.home}/.cache")}/sidecar-scan/kmod"

  module_function

  # Puts the programs into the root.
  def install(root)
    fetch unless File.executable?("#{CACHE}/bin/kmod")
    system("cp", "-a", "#{CACHE}/.", root, exception: true)
  end

  # What the program says in its root: output, errors, exit code
  def run(root, *command)
    out, err, status = Open3.capture3({ "PATH" => "/usr/sbin:/usr/bin:/sbin:/bin" }, "chroot", root, *command, unsetenv_others: true)
    [out, err, status.exitstatus]
  end

  def fetch
    Dir.mktmpdir("kmod-") do |folder|
      system("apt-get", "download", "-q", "kmod", chdir: folder, out: File::NULL, err: File::NULL, exception: true)
      system("dpkg", "-x", Dir["#{folder}/*.deb"].first, "#{folder}/root", exception: true)
      %w[bin sbin].each { |name| FileUtils.mkdir_p("#{CACHE}/#{name}") }
      libraries("#{folder}/root/bin/kmod").each do |path|
        FileUtils.mkdir_p(File.dirname(CACHE + path))
        FileUtils.cp(path, CACHE + path)
      end
      %w[modprobe lsmod].each { |name| FileUtils.ln_sf("/bin/kmod", "#{CACHE}/sbin/#{name}") }
      FileUtils.cp("#{folder}/root/bin/kmod", "#{CACHE}/bin/kmod") # last: its presence says that the rest is there
    end
  end

  def libraries(program)
    text, = Open3.capture2("ldd", program)
    text.scan(%r{(/\S+) \(}).flatten
  end
end
