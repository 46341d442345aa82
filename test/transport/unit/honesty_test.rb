# frozen_string_literal: true

require_relative "../helper"

# Wherever a profile asks what cannot be answered, the answer is a skip that is seen: never a pass, never a control that
# vanishes. The image has no shell, so no command of a profile's own can run.
class HonestyTest < TransportTest
  QUESTION = "command('check-the-unknown')"

  PLACES = {
    "in an example" => "describe(#{QUESTION}) { its('stdout') { should eq '' } }",
    "negated" => "describe(#{QUESTION}) { its('stdout') { should_not match(/x/) } }",
    "of the exit status" => "describe(#{QUESTION}) { its('exit_status') { should_not eq 0 } }",
    "as a resource is built" => "describe(package('bash')) { it { should_not be_installed } }",
    "of a service" => "describe(service('sshd')) { it { should_not be_running } }",
    "of processes" => "describe(processes('sshd')) { it { should_not exist } }",
    "of a port" => "describe(port(22)) { it { should_not be_listening } }",
    "of the environment" => "describe(os_env('PATH')) { its('content') { should_not match(/x/) } }",
    "of mounts" => "describe(mount('/')) { it { should_not be_mounted } }",
    "in only_if" => "only_if('asked') { #{QUESTION}.stdout.empty? }\ndescribe('x') { it { should eq 'x' } }",
    "in the body of the control" => "if #{QUESTION}.stdout.empty?\ndescribe('x') { it { should eq 'x' } }\nend",
    "in a loop over lines" => "#{QUESTION}.stdout.lines.each { |line| describe(line) { it { should eq 'x' } } }\ndescribe('y') { it { should eq 'y' } }",
    "in a loop in a describe block" => "describe 'files' do\n#{QUESTION}.stdout.lines.each { |line| it(line) { expect(1).to eq 1 } }\nend",
    "in expect" => "describe('x') { it { expect(#{QUESTION}.stdout).to eq '' } }",
    "rescued by the profile" => "describe('x') { it { begin; #{QUESTION}.stdout; rescue StandardError; end; expect(1).to eq 1 } }",
    "in describe.one" => "describe.one do\ndescribe(#{QUESTION}) { its('stdout') { should eq '' } }\nend",
  }.freeze

  def test_every_place
    root = image do
      file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
      file("etc/debian_version", "12.1\n")
    end
    controls = PLACES.map.with_index { |(place, body), index| "control 'c#{index}' do\ntitle #{place.inspect}\n#{body}\nend\n" }.join
    found = inspect_with("rootfs://#{root}", controls)
    PLACES.each_with_index do |(place, _body), index|
      results = found["c#{index}"]
      refute_nil(results, "#{place}: the control has vanished")
      refute_empty(results, "#{place}: no result")
      refute(results.any? { |result| result["status"] == "passed" }, "#{place}: a false pass: #{results}")
      said = results.map { |result| "#{result["skip_message"]} #{result["message"]} #{result["code_desc"]}" }.join
      assert_match(/Not available through the proc transport: /, said, place)
    end
  end

  # What a report asks goes through `resource_id`.
  def resource_id
    yield
  end

  def test_what_cannot_be_answered_always_raises
    assert_unavailable { SidecarScan::Honesty.unavailable!("x") }
    assert_unavailable { resource_id { SidecarScan::Honesty.unavailable!("x") } }
    assert_unavailable { resource_id { connect(image).target.mounts } }
  end

  def test_the_borders_absorb_it_for_a_report_only
    connection = connect(image)
    questions = [-> { connection.run_command("mount").stdout }, -> { connection.file("/proc/mounts").content },
                 -> { connection.file("/etc").mounted.stdout }, -> { connection.run_command("check-the-unknown").stdout }]
    questions.each { |question| assert_unavailable(&question) }
    assert_equal(["", nil, nil, ""], questions.map { |question| resource_id { absorbed(&question) } })
  end

  # A report calls methods of the nil that it gets, and goes on.
  def absorbed
    yield
  rescue NoMethodError
    nil
  end

  def test_a_report_that_asks_is_not_lost
    FileUtils.mkdir_p("#{@folder}/profile/libraries")
    File.write("#{@folder}/profile/libraries/asking.rb", <<~RUBY)
      class Asking < Inspec.resource(1)
        name 'asking'
        def resource_id
          [inspec.command('check-the-unknown').stdout, inspec.file('/proc/mounts').content].join
        end
        def fine?
          true
        end
      end
    RUBY
    found = inspect_with("rootfs://#{image}", "control 'c' do\ndescribe(asking) { it { should be_fine } }\nend\n")
    assert_equal(%w[passed], found["c"].map { |result| result["status"] })
  end

  def test_the_test_sees_a_pass
    found = inspect_with("rootfs://#{image}", "control 'c' do\ndescribe(file('/etc/passwd')) { it { should exist } }\nend\n")
    assert_equal(%w[passed], found["c"].map { |result| result["status"] })
  end
end
