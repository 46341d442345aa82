# frozen_string_literal: true

require_relative "../helper"
require_relative "commands_test"

# What the kernel tells every container alike is answered for an image at rest.
class SystemTest < TransportTest
  def connection(commands)
    root = image
    FileUtils.mkdir_p("#{root}/bin")
    FileUtils.cp(CommandsTest::BUSYBOX, "#{root}/bin/busybox")
    %w[sh cat grep].each { |name| FileUtils.ln_sf("busybox", "#{root}/bin/#{name}") }
    connect(root, "SCAN_COMMANDS" => commands)
  end

  def test_file_systems_are_those_of_the_node
    %w[files auto].each { |commands| assert_equal(File.read("/proc/filesystems"), connection(commands).run_command("cat /proc/filesystems").stdout) }
  end

  def test_and_can_be_searched
    shell = connection("auto")
    assert_equal(`grep tmpfs /proc/filesystems`, shell.run_command("cat /proc/filesystems | grep tmpfs").stdout)
    assert_equal(["", 1], shell.run_command("cat /proc/filesystems | grep no-such").then { |result| [result.stdout, result.exit_status] })
  end
end
