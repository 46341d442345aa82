# frozen_string_literal: true

# A process that only pauses, with a root folder and an environment of its own: what the proc transport looks at.
class HeldProcess
  # x86-64 Linux: pause() for ever.
  PROGRAM = ([0x7f, *"ELF".bytes, 2, 1, 1, *[0] * 9].pack("C*") + [2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0].pack("SSLQQQLSSSSSS") +
             [1, 5, 0, 0x400000, 0x400000, 0x82, 0x82, 0x1000].pack("LLQQQQQQ") + [0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7].pack("C*").ljust(10, "\x90".b)).freeze

  def self.run(root, environment)
    held = "#{root}/hold"
    File.binwrite(held, PROGRAM)
    File.chmod(0o755, held)
    pid = fork do
      Dir.chroot(root)
      Dir.chdir("/")
      Kernel.exec(environment, "/hold", unsetenv_others: true)
    end
    sleep 0.02 until File.readlink("/proc/#{pid}/root") != "/" && File.basename(File.readlink("/proc/#{pid}/exe")) == "hold"
    yield pid
  ensure
    Process.kill(:KILL, pid) && Process.wait(pid) if pid
    File.delete(held)
  end
end
