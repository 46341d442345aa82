# frozen_string_literal: true

require_relative "../helper"
require_relative "../../profile/held_process"

# The same answers under every InSpec that scanner images have, and whichever of its binaries a scanner image has is found.
class MatrixTest < TransportTest
  VERSIONS = %w[4.56.58 5.22.95 5.24.24].freeze
  CACHE = File.dirname(Scanner::GEMS)
  SCRIPT = File.expand_path("../../../src/sidecar/scan.sh", __dir__)
  PROFILE = File.join(__dir__, "profile")
  EXPECTED = {
    "file" => %w[passed passed], "account" => %w[passed], "package" => %w[failed], "unknown" => %w[skipped],
    "loop" => %w[skipped], "only-if" => %w[skipped], "negated" => %w[skipped]
  }.freeze

  def self.install(version)
    folder = File.join(CACHE, version)
    return folder if File.executable?("#{folder}/bin/inspec")

    puts "Installing inspec-core-bin #{version} …"
    out, status = Open3.capture2e({ "GEM_HOME" => folder }, "gem", "install", "--silent", "--no-document", "inspec-core-bin", "-v", version)
    status.success? ? folder : raise(out.lines.last(3).join)
  end

  def controls(version, target, *options, profile: PROFILE)
    folder = self.class.install(version)
    variables = Scanner::ENVIRONMENT.merge("GEM_HOME" => folder, "SCAN_CONTAINER_CONTEXT" => "false", "HOME" => @folder)
    out, err, = Open3.capture3(variables, "#{folder}/bin/inspec", "exec", profile, "-t", target, "--no-create-lockfile", "--reporter", "json", *options)
    json = out.lines.find { |line| line.start_with?("{") } or raise "InSpec #{version} gave no results for #{target}:\n#{err}#{out}"
    JSON.parse(json).dig("profiles", 0, "controls")
  end

  def results(version, target)
    controls(version, target).to_h { |control| [control["id"], control["results"].map { |result| result["status"] }] }
  end

  def target_image
    image do
      file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
      file("etc/debian_version", "12.1\n")
      file("var/lib/dpkg/status", "Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\n")
    end
  end

  VERSIONS.each do |version|
    define_method("test_rootfs_under_inspec_#{version.tr(".", "_")}") do
      assert_equal(EXPECTED, results(version, "rootfs://#{target_image}"))
    end

    define_method("test_proc_under_inspec_#{version.tr(".", "_")}") do
      HeldProcess.run(target_image, {}) { |pid| assert_equal(EXPECTED, results(version, "proc://#{pid}")) }
    end
  end

  # Of the profile `loading`: by its name each control is answered, partly answered or not at all, and none is lost.
  def assert_loaded(found, counts = ->(_id) { true })
    expected = Dir["#{__dir__}/loading/controls/*.rb"].flat_map { |file| File.read(file).scan(/^ *control ['"]([^'"#]+)['"]/).flatten }
    expected += %w[and not plain].map { |how| "unanswered-file-only-if-#{how}" } + %w[p q].flat_map { |one| %W[unanswered-loop-#{one} answered-loop-#{one}] }
    assert_equal(expected.sort, found.map { |control| control["id"] }.sort)
    found.select { |control| counts.call(control["id"]) }.each do |control|
      open, rest = (control["results"] || []).partition { |result| result["status"] == "skipped" && result["skip_message"].start_with?("Not available through the proc transport: ") }
      case control["id"][/\A\w+/]
      when "unanswered" then assert(open.any? && rest.empty?, "#{control["id"]}: #{control["results"]}")
      when "partly" then assert(open.any? && rest.any?, "#{control["id"]}: #{control["results"]}")
      else assert(open.empty? && rest.any?, "#{control["id"]}: #{control["results"]}")
      end
    end
  end

  VERSIONS.each do |version|
    define_method("test_what_is_asked_while_loading_under_inspec_#{version.tr(".", "_")}") do
      assert_loaded(controls(version, "rootfs://#{target_image}", profile: "#{__dir__}/loading"))
      # a process has an environment and mounts
      told = /environment|mount|file-hash|before-the-condition/
      HeldProcess.run(target_image, {}) do |pid|
        assert_loaded(controls(version, "proc://#{pid}", profile: "#{__dir__}/loading"), ->(id) { !told.match?(id) })
      end
    end
  end

  # The file is what test/payload holds our form of waivers to: no justification, a control with a number for a name.
  VERSIONS.each do |version|
    define_method("test_waivers_under_inspec_#{version.tr(".", "_")}") do
      file = "#{@folder}/waivers.yaml"
      FileUtils.cp(File.join(__dir__, "waivers.json"), file)
      found = controls(version, "rootfs://#{target_image}", "--waiver-file", file).to_h { |control| [control["id"], control] }
      waived, expired = found.values_at("account", "file")
      assert_equal([true, ["skipped"]], [waived.dig("waiver_data", "skipped_due_to_waiver"), waived["results"].map { |result| result["status"] }])
      assert_equal([false, EXPECTED["file"]], [expired.dig("waiver_data", "skipped_due_to_waiver"), expired["results"].map { |result| result["status"] }])
      assert_equal(["T-1", "2020-01-31"], expired["waiver_data"].values_at("ticket", "expiration_date"))
    end
  end

  # The loop of scan.sh that looks for InSpec, with only these programs to find.
  def found_by_script(*programs)
    programs.each do |path|
      FileUtils.mkdir_p(File.dirname("#{@folder}/root#{path}"))
      File.write("#{@folder}/root#{path}", "#!/bin/sh\n")
      File.chmod(0o755, "#{@folder}/root#{path}")
    end
    look = File.read(SCRIPT)[/^inspec=$.*?^done$/m] or flunk("scan.sh looks for InSpec in another way now")
    look = look.gsub("/opt/", "#{@folder}/root/opt/")
    out, = Open3.capture2({ "PATH" => "#{@folder}/root/usr/bin" }, "/bin/sh", "-c", "#{look}\nprintf %s \"$inspec\"", unsetenv_others: true)
    out.sub("#{@folder}/root", "")
  end

  def test_the_binary_of_cinc_auditor_comes_first
    assert_equal("cinc-auditor", found_by_script("/usr/bin/cinc-auditor", "/usr/bin/inspec"))
  end

  def test_the_binary_of_inspec
    assert_equal("inspec", found_by_script("/usr/bin/inspec"))
  end

  def test_the_layout_of_the_cinc_auditor_image
    assert_equal("/opt/cinc-auditor/bin/cinc-auditor", found_by_script("/opt/cinc-auditor/bin/cinc-auditor"))
  end

  def test_no_inspec
    assert_equal("", found_by_script)
  end

  # An omnibus binary is a wrapper that starts its own Ruby and clears what would lead it astray, but keeps RUBYLIB.
  def test_the_transport_is_found_through_the_wrapper_of_a_ruby_of_its_own
    gems = self.class.install("5.22.95")
    wrapper = "#{@folder}/cinc-auditor"
    File.write(wrapper, "#!/bin/sh\nunset RUBYOPT GEM_PATH BUNDLE_GEMFILE\nexport GEM_HOME=#{gems}\nexec #{RbConfig.ruby} #{gems}/bin/inspec \"$@\"\n")
    File.chmod(0o755, wrapper)
    out, err, = Open3.capture3({ "RUBYLIB" => Scanner::ENVIRONMENT["RUBYLIB"], "HOME" => @folder, "CHEF_LICENSE" => "accept-no-persist" },
                               wrapper, "exec", PROFILE, "-t", "rootfs://#{target_image}", "--no-create-lockfile", "--reporter", "json")
    assert_match(/"version":"5.22.95"/, out, err)
    assert_match(/Not available through the proc transport/, out)
  end
end
