# frozen_string_literal: true

require_relative "../helper"

# What an image at rest is run with, from the two ways in which it is told, by the questions that profiles ask.
class ImageFactsTest < TransportTest
  STATUS = "Name:\thold\nUid:\t1000\t1000\t1000\t1000\nGid:\t1001\t1001\t1001\t1001\nGroups:\t1001 27 \n"

  def setup
    super
    @facts = File.join(@folder, "facts")
    Dir.mkdir(@facts)
    @word = File.join(@folder, "word")
    say
  end

  def say(none: nil, user: nil, injected: [])
    File.write(@word, JSON.generate("none" => none, "user" => user, "injected" => injected))
  end

  def witness(environ: "PATH=/opt/bin:/bin\0", status: STATUS, cwd: "/srv\0")
    { "environ" => environ, "status" => status, "cwd" => cwd, "done" => "" }.each { |name, text| File.binwrite("#{@facts}/#{name}", text) }
  end

  def configuration(values)
    File.write("#{@facts}/image.json", JSON.generate(values))
  end

  def target(wait: "0.2", &block)
    connect(image(&block), "SCAN_FACTS" => @facts, "SCAN_FACTS_WAIT" => wait, "SCAN_WITNESS" => @word, "SCAN_COMMANDS" => "files")
  end

  def answer(command, on: @target ||= target)
    on.run_command(command).stdout
  end

  def test_a_witness_tells_environment_user_and_working_folder
    witness
    assert_equal("PATH=/opt/bin:/bin\n", answer("env"))
    assert_equal("/opt/bin:/bin\n", answer("printenv PATH"))
    assert_equal("app\n", answer("whoami"))
    assert_equal("uid=1000(app) gid=1001(team) groups=1001(team),27\n", answer("id"))
    assert_equal(%W[1000\n 1001\n team\n], [answer("id -u"), answer("id -g"), answer("id -gn")])
    assert_equal("/srv\n", answer("pwd"))
  end

  def test_a_variable_that_is_not_there_is_absent
    witness
    result = target.run_command("printenv NOTHING")
    assert_equal(["", 1], [result.stdout, result.exit_status])
  end

  def test_what_kubernetes_and_the_scan_add_is_left_out
    witness(environ: %W[A=1 HOSTNAME=pod KUBERNETES_SERVICE_HOST=10.0.0.1 KUBERNETES_PORT_443_TCP=x SCAN_TARGET=n KUBERNETES_NOTE=mine TOKEN=z].join("\0"))
    say(injected: ["TOKEN"])
    assert_equal("A=1\nKUBERNETES_NOTE=mine\n", answer("env"))
  end

  def test_lines_empty_values_odd_bytes_and_a_long_environment
    long = "LONG=#{"x" * 120_000}"
    witness(environ: ["LINES=a\nb", "EMPTY=", "BYTES=\xFF\xFEz", long, "no-name"].join("\0"))
    assert_equal("LINES=a\nb\nEMPTY=\nBYTES=\uFFFD\uFFFDz\n#{long}\n", answer("env"))
    assert(answer("env").valid_encoding?)
    assert_equal("\n", answer("printenv EMPTY"))
  end

  def test_the_programs_of_the_search_path_are_found
    witness
    connection = target { program("opt/bin/tool") }
    assert_equal("/opt/bin/tool\n", answer("which tool", on: connection))
  end

  def test_a_user_that_the_cluster_sets_is_not_the_images
    witness
    say(user: "the level sets it")
    error = assert_raises(SidecarScan::Unavailable) { answer("id -u") }
    assert_match(/the user the image runs as \(the level sets it\)/, error.message)
    assert_equal("PATH=/opt/bin:/bin\n", answer("env"))
  end

  def test_without_a_witness_the_reason_is_told_and_nobody_waits
    say(none: "the cluster refused it")
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    connection = target(wait: "60")
    { "env" => "environment", "id -u" => "user", "pwd" => "working folder" }.each do |command, fact|
      error = assert_raises(SidecarScan::Unavailable) { answer(command, on: connection) }
      assert_match(/the #{fact} .*the cluster refused it/, error.message)
    end
    assert_operator(Process.clock_gettime(Process::CLOCK_MONOTONIC) - started, :<, 5)
  end

  def test_a_witness_that_comes_late_is_waited_for_and_one_that_does_not_come_is_unknown
    assert_match(/did not tell it in time/, assert_raises(SidecarScan::Unavailable) { answer("env", on: target) }.message)
    late = Thread.new do
      sleep 0.5
      witness
    end
    assert_equal("PATH=/opt/bin:/bin\n", answer("env", on: target(wait: "20")))
    late.join
  end

  def test_half_of_what_it_writes_is_nothing
    witness
    File.delete("#{@facts}/done")
    assert_raises(SidecarScan::Unavailable) { answer("env", on: target) }
  end

  def test_without_a_word_of_the_scan_it_is_not_believed
    witness
    File.delete(@word)
    assert_raises(SidecarScan::Unavailable) { answer("id -u", on: target) }
  end

  def test_a_file_that_is_a_link_or_far_too_large_is_not_read
    witness
    File.delete("#{@facts}/environ")
    File.symlink("/etc/passwd", "#{@facts}/environ")
    assert_raises(SidecarScan::Unavailable) { answer("env", on: target) }
    File.delete("#{@facts}/environ")
    File.open("#{@facts}/environ", "w") { |file| file.truncate(SidecarScan::ImageFacts::LIMIT + 1) }
    assert_match(/larger than 8 MiB/, assert_raises(SidecarScan::Unavailable) { answer("env", on: target) }.message)
  end

  CONFIGURED = {
    { "User" => "" } => "uid=0(root) gid=0(root) groups=0(root)\n",
    { "User" => nil } => "uid=0(root) gid=0(root) groups=0(root)\n",
    { "User" => "root" } => "uid=0(root) gid=0(root) groups=0(root)\n",
    { "User" => "app" } => "uid=1000(app) gid=1000(app) groups=1000(app),1001(team)\n",
    { "User" => "1000" } => "uid=1000(app) gid=1000(app) groups=1000(app),1001(team)\n",
    { "User" => "app:team" } => "uid=1000(app) gid=1001(team) groups=1001(team)\n",
    { "User" => "4321" } => "uid=4321 gid=0(root) groups=0(root)\n",
    { "User" => "4321:77" } => "uid=4321 gid=77 groups=77\n",
  }.freeze

  def test_the_user_of_a_configuration
    CONFIGURED.each do |config, id|
      configuration(config)
      assert_equal(id, answer("id", on: target), config.to_s)
    end
    ["nobody-knows", "app:nobody-knows"].each do |user|
      configuration("User" => user)
      assert_match(/nobody-knows is in no account/, assert_raises(SidecarScan::Unavailable) { answer("id", on: target) }.message)
    end
  end

  def test_the_environment_of_a_configuration_is_completed_as_runtimes_do
    configuration("Env" => ["PATH=/a", "LINES=a\nb", "EMPTY="], "User" => "app", "WorkingDir" => "/opt")
    assert_equal("HOME=/srv\nPATH=/a\nLINES=a\nb\nEMPTY=\n", answer("env", on: target))
    assert_equal("/opt\n", answer("pwd", on: target))
    configuration("Env" => nil, "User" => "4321")
    assert_equal("PATH=#{SidecarScan::ImageFacts::DEFAULT_PATH}\nHOME=/\n", answer("env", on: target))
    assert_equal("/\n", answer("pwd", on: target))
  end
end
