# frozen_string_literal: true

require_relative "../helper"

# What the profile says of its controls, whatever the waivers are: InSpec 7 does not evaluate a control that is waived, and reports
# it without title, tags and impact.
class CensusTest < TransportTest
  CONTROLS = <<~RUBY
    control "high" do
      title "The title of high"
      impact 0.7
      tag severity: "high"
      tag "severityoverride" => "critical"
      describe(1) { it { should eq 1 } }
    end
    control "word" do
      impact "critical"
      tag "cci"
      describe(1) { it { should eq 1 } }
    end
    control "none" do
      title "Not applicable"
      impact 0.0
      describe(1) { it { should eq 1 } }
    end
    control "bare" do
      describe(1) { it { should eq 2 } }
    end
  RUBY
  ENTRIES = [
    { "id" => "high", "title" => "The title of high", "impact" => 0.7, "severity" => "high", "severityoverride" => "critical" },
    { "id" => "word", "title" => nil, "impact" => 0.9, "severity" => nil, "severityoverride" => nil },
    { "id" => "none", "title" => "Not applicable", "impact" => 0.0, "severity" => nil, "severityoverride" => nil },
    { "id" => "bare", "title" => nil, "impact" => 0.5, "severity" => nil, "severityoverride" => nil }
  ].freeze

  def census(controls, environment = {}, *options)
    profile = File.join(@folder, "profile")
    FileUtils.mkdir_p("#{profile}/controls")
    File.write("#{profile}/inspec.yml", "name: counted\nversion: 1.0.0\n")
    File.write("#{profile}/controls/unit.rb", controls)
    file = File.join(@folder, "census.json")
    settings = { "SCAN_CONTAINER_CONTEXT" => "false", "SCAN_PROFILE" => profile, "SCAN_CENSUS" => file }.merge(environment)
    command = [Scanner::INSPEC, "exec", profile, "-t", "rootfs://#{image}", "--no-create-lockfile", "--reporter", "json", *options]
    out, err, = Open3.capture3(Scanner::ENVIRONMENT.merge(settings), *command)
    json = out.lines.find { |line| line.start_with?("{") } or raise "no results:\n#{err}#{out}"
    [JSON.parse(File.read(file)), JSON.parse(json).dig("profiles", 0, "controls")]
  end

  def test_a_waived_control_has_its_title_impact_and_severity
    waivers = { "high" => { "run" => false, "justification" => "known" }, "none" => { "run" => false, "justification" => "" }, "bare" => { "run" => true, "justification" => "x" } }
    File.write("#{@folder}/waivers.yaml", JSON.generate(waivers))
    counted, controls = census(CONTROLS, {}, "--waiver-file", "#{@folder}/waivers.yaml")
    assert_equal([4, 0, ENTRIES, [{ "name" => "counted", "controls" => 4 }]], counted.values_at("controls", "leftOut", "list", "profiles"))
    skipped = controls.select { |control| control.dig("waiver_data", "skipped_due_to_waiver") }
    assert_equal(%w[high none], skipped.map { |control| control["id"] })
  end

  def test_what_is_no_text_and_what_is_long
    counted, = census("control 'a' do\n  title 'x' * 999\n  tag severity: 7\n  tag severityoverride: :low\n  describe(1) { it { should eq 1 } }\nend\n")
    assert_equal([{ "id" => "a", "title" => "x" * 300, "impact" => 0.5, "severity" => nil, "severityoverride" => "low" }], counted["list"])
  end

  def test_controls_that_are_left_out
    counted, = census(CONTROLS, {}, "--controls", "high")
    assert_equal([4, 0], counted.values_at("controls", "leftOut")) # the scan says which are selected
    counted, = census(CONTROLS, { "SCAN_CONTROLS" => "high" }, "--controls", "high")
    assert_equal([1, 3, ENTRIES.first(1)], counted.values_at("controls", "leftOut", "list"))
  end
end
