# frozen_string_literal: true

require "find"
require "minitest"
require "tmpdir"
require "yaml"
require_relative "held_process"
require_relative "roots"
require_relative "scanner"
require_relative "../../profiles/container-baseline/libraries/image_view"

# The profile over made-up root folders of every family, compared with a table of statuses.
class ProfileTest < Minitest::Test
  EXPECTED = YAML.load_file("#{__dir__}/expected.yml")
  WALKING = /\Acb-(?:2\d\d|30[1-7]|4\d\d|502|60\d)\z/
  SEVERITIES = { "critical" => 0.9..1.0, "high" => 0.7...0.9, "medium" => 0.4...0.7, "low" => 0.01...0.4 }.freeze

  class << self
    def roots
      @roots ||= Roots.make_all(scratch)
    end

    def scratch
      @scratch ||= Dir.mktmpdir("profile-test").tap do |dir|
        File.chmod(0o755, dir)
      end
    end

    def clean_up
      FileUtils.rm_rf(@scratch) if @scratch
    end

    # Root without the capability to pass over modes: what a scan at `restricted` meets.
    def scan(name)
      (@scans ||= {})[name] ||= begin
        wrapper = name == "closed" ? %w[setpriv --bounding-set=-dac_override,-dac_read_search,-fowner --inh-caps=-all] : []
        Scanner.exec("rootfs://#{roots.fetch(name).path}", wrapper: wrapper, input: { today: "2026-06-01" })
      end
    end

    def environment_scan(name, variables)
      (@scans ||= {})[name] ||= HeldProcess.run(roots.fetch("debian").path, variables) { |pid| Scanner.exec("proc://#{pid}", input: { today: "2026-06-01" }) }
    end
  end

  def scan(name) = self.class.scan(name)

  EXPECTED.fetch("roots").each do |root, table|
    define_method("test_statuses_of_#{root}") do
      assert_equal told(table), scan(root).statuses.sort.to_h
    end
  end

  def test_what_only_the_environment_tells
    skip "needs root on x86-64" unless Process.uid.zero? && RUBY_PLATFORM.start_with?("x86_64")
    clean = self.class.environment_scan("clean environment", "PATH" => "/usr/bin:/bin", "TOKEN_FILE" => "/run/token")
    careless = self.class.environment_scan("careless environment", "PATH" => "/usr/bin::lib:/tmp", "LD_PRELOAD" => "/x.so", "DB_PASSWORD" => Roots::PASSWORD)
    %w[cb-308 cb-503 cb-504].each do |id|
      assert_equal %w[passed failed], [clean.status(id), careless.status(id)], "#{id}: #{clean.text(id)} / #{careless.text(id)}"
    end
    assert_match(/\/tmp: mode 1777.*empty entry.*relative entry lib/m, careless.text("cb-503"))
    refute_includes careless.text("cb-308"), Roots::PASSWORD
  end

  def test_every_control_fails_somewhere_and_passes_somewhere
    facts = %w[cb-308 cb-503 cb-504 cb-701 cb-702 cb-703 cb-704 cb-705 cb-706 cb-707] # see identity_test.rb
    seen = EXPECTED.fetch("roots").keys.flat_map { |root| scan(root).statuses.to_a }.group_by(&:first).transform_values { |pairs| pairs.map(&:last) }
    (seen.keys - facts).each { |id| assert_empty %w[passed failed] - seen[id], "#{id} never has these statuses" }
  end

  # The words as users see them: what was found, where, and no more.
  def test_findings_of_debian_bad
    failed = scan("debian_bad").controls.select { |control| scan("debian_bad").status(control["id"]) == "failed" }
    told = failed.to_h { |control| [control["id"], control["results"].map { |r| r["message"] }.join.lines(chomp: true).drop(1).map { |line| line.delete_prefix("- ") }] }
    assert_equal EXPECTED.fetch("findings_of_debian_bad"), told.sort.to_h
  end

  def test_a_closed_folder_is_a_visible_skip_unless_something_was_found
    closed = scan("closed")
    assert_equal "failed", closed.status("cb-201")
    assert_equal "skipped", closed.status("cb-304")
    assert_operator closed.text("cb-304"), :start_with?, "Not available through the proc transport: "
    assert_includes closed.text("cb-304"), "/home/app"
  end

  def test_a_walk_cut_short_is_a_visible_skip
    cut = Scanner.exec("rootfs://#{self.class.roots.fetch("debian").path}", input: { max_entries: 3, today: "2026-06-01" })
    passed = cut.statuses.select { |id, status| id.match?(WALKING) && status == "passed" }
    assert_empty passed
    assert_includes cut.text("cb-209"), "the walk stopped after 3 entries"
  end

  def test_secrets_are_named_but_not_repeated
    text = JSON.generate(scan("debian_bad").controls)
    [Roots::ACCESS_KEY, Roots::PASSWORD, "MIIEpAIBAAKCAQEA"].each { |secret| refute_includes text, secret }
    assert_includes scan("debian_bad").text("cb-302"), "/srv/settings.ini holds an AWS access key id"
  end

  def test_allow_lists_turn_failures_into_passes
    file = "#{self.class.scratch}/inputs.yml"
    File.write(file, YAML.dump(EXPECTED.fetch("allowed")))
    allowed = Scanner.exec("rootfs://#{self.class.roots.fetch("debian_bad").path}", "--input-file", file)
    EXPECTED.fetch("allowed_statuses").each { |id, status| assert_equal status, allowed.status(id), "#{id}: #{allowed.text(id)}" }
  end

  # Transports that run commands instead of walking.
  def test_the_find_command_lists_what_is_there
    root = self.class.roots.fetch("debian_bad").path
    rows = `#{ImageView::FIND.sub("find /", "find #{root}")}`.split("\0").map { |row| row.split("\t", 7) }
    real = Find.find(root).to_h { |path| [path, File.lstat(path)] }
    assert_equal real.keys.sort, rows.map(&:last).sort
    rows.each do |type, mode, uid, gid, size, _, path|
      stat = real.fetch(path)
      assert_equal [stat.mode & 0o7777, stat.uid, stat.gid, stat.size], [mode.to_i(8), uid.to_i, gid.to_i, size.to_i], path
      assert_includes ImageView::FIND_TYPES, type
    end
  end

  def test_every_control_says_what_why_and_how
    controls = Scanner.json.fetch("controls")
    assert_operator controls.size, :>=, 25
    controls.each do |control|
      id, tags = control.values_at("id", "tags")
      assert_operator control["title"].size, :>, 10, id
      %w[default check fix].each { |part| assert_operator control.dig("descriptions", part).to_s.size, :>, 20, "#{id} #{part}" }
      assert_empty tags["nist"].reject { |nist| nist.match?(/\A[A-Z]{2}-\d+(?: \(\d+\))?(?: \(?[a-z]\)?(?: \(\d\))?)?\z/) }, id
      assert_empty tags["cci"].reject { |cci| cci.match?(/\ACCI-00\d{4}\z/) }, id
      assert_equal tags["nist"].size, tags["cci"].size, id
      assert_includes SEVERITIES.fetch(tags["severity"]), control["impact"], id
    end
  end

  private

  def told(table)
    table.flat_map { |status, ids| ids.split.map { |id| ["cb-#{id}", status] } }.sort.to_h
  end
end
