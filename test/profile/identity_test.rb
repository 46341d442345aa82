# frozen_string_literal: true

require "json"
require "minitest"
require "tmpdir"
require_relative "held_process"
require_relative "roots"
require_relative "scanner"

# The controls on user, working folder and configuration, over images whose facts are told in the two ways that engines have.
class IdentityTest < Minitest::Test
  PASSWD = "#{Roots::PASSWD}team:x:2000:1000::/srv:/usr/sbin/nologin\n"
  CLEAN = { "User" => "1000", "WorkingDir" => "/srv/app", "Env" => ["PATH=/usr/bin"], "Entrypoint" => ["/usr/bin/server"],
            "ExposedPorts" => { "8080/tcp" => {} }, "Healthcheck" => { "Test" => ["CMD", "/usr/bin/server", "--check"] },
            "Labels" => { "version" => "1", "token.url" => "https://example.test" } }.freeze

  HARMLESS = ["--password-file=/run/secret", "--token", "--verbose", "--password=$DB_PASSWORD", "--require-token=true", "--max-tokens", "4096", "--tokenizer=x", "https://example.test/@x"].freeze
  PORTS = %w[22/tcp 22 20-25/tcp 23/tcp 2200/tcp].freeze
  FOLDERS = proc do
    folder "open", mode: 0o777
    folder "sticky", mode: 0o1777
    folder "foreign", uid: 2000
    folder "teams", mode: 0o775, gid: 1
    folder "mine", mode: 0o775, uid: 1000, gid: 1000
  end
  # Each in a way of its own: by owner, group, everybody, the folder, a folder above it, the command line, an interpreter
  WRITABLE = proc do
    %w[opt/own opt/group opt/all opt/mine/tool opt/a/b/tool data/tool].each { |at| program at }
    own "opt/own", 0o755, 1000, 0
    own "opt/group", 0o775, 0, 1000
    own "opt/all", 0o757, 0, 0
    own "opt/mine", 0o755, 1000, 0
    own "opt/a", 0o777, 0, 0
    own "data/tool", 0o755, 1000, 0
    file "srv/app/main.py", "x", uid: 1000
  end

  def setup
    @folder = Dir.mktmpdir("identity-test")
    File.chmod(0o755, @folder)
    Dir.mkdir("#{@folder}/facts")
    say
  end

  def teardown
    FileUtils.rm_rf(@folder)
  end

  def test_a_clean_image_passes_them_all
    assert_equal ["passed"], scan(CLEAN).statuses.values.uniq
  end

  # One scan a row: the user, the working folder and the health check are each a question of their own.
  def test_users_working_folders_and_health_checks
    {
      ["", "", nil] => "failed passed no_impact passed failed",
      ["0", "/nowhere", { "Test" => ["NONE"] }] => "failed passed no_impact failed failed",
      ["root:1000", "/usr/bin/server", nil] => "failed passed no_impact failed failed",
      ["app", "/open", nil] => "passed passed passed failed failed",
      ["app:daemon", "/sticky", nil] => "passed passed passed failed failed",
      ["1000:1", "/foreign", nil] => "passed passed passed failed failed",
      ["4711", "/srv/app", nil] => "passed failed passed passed failed",
      ["1000", "/teams", nil] => "passed passed passed failed failed",
      ["1000", "/mine", nil] => "passed passed passed passed failed",
      ["nobody-here", "/", nil] => "skipped failed skipped passed failed"
    }.each do |(user, folder, check), expected|
      found = scan(CLEAN.merge("User" => user, "WorkingDir" => folder, "Healthcheck" => check), &with(FOLDERS))
      assert_equal expected.split, statuses(found, 701, 702, 703, 704, 706), [user, folder]
      assert_includes found.text("cb-701"), "the image's user nobody-here is in no account of the image" if user == "nobody-here"
    end
  end

  def test_images_without_accounts_and_health_checks_that_cannot_be
    bare = proc { program "server" }
    root = scan({ "User" => "", "ManifestType" => "application/vnd.oci.image.manifest.v1+json" }, &bare)
    assert_equal %w[no_impact no_impact], statuses(root, 702, 706)
    number = scan({ "User" => "65532" }, input: { no_health_check: "Kubernetes has probes" }, &bare)
    assert_equal %w[failed no_impact], statuses(number, 702, 706)
    assert_includes number.text("cb-706"), "The input no_health_check says: Kubernetes has probes"
  end

  def test_what_may_be_written_is_exposed_or_told
    secret = Roots::PASSWORD
    words = ["/data/tool", "--password=#{secret}", "--db-token", secret, "API_KEY=#{secret}", "-Dsecret=#{secret}", "sh -c 'x --credential #{secret}'",
             "postgres://me:#{secret}@db/x", *HARMLESS]
    found = scan(CLEAN.merge("Cmd" => words, "ExposedPorts" => PORTS.to_h { |port| [port, {}] },
                             "Labels" => { "com.example.api-key" => secret, "note" => "see #{Roots::ACCESS_KEY}", "title" => "x" }), &with(WRITABLE))
    assert_equal %w[/data/tool /opt/a /opt/all /opt/group /opt/mine /opt/own /srv/app/main.py], findings(found, "cb-703").map { |line| line[/[^:]+/] }.sort
    assert_equal %w[20-25/tcp 20-25/tcp 22 22/tcp 23/tcp], findings(found, "cb-705").map { |line| line.split[1] }.sort
    assert_equal ["Cmd gives a value to --credential", "Cmd gives a value to --db-token", "Cmd gives a value to --password", "Cmd gives a value to -Dsecret",
                  "Cmd gives a value to API_KEY", "Cmd holds a known form of key or a URL with a password", "label com.example.api-key has a value", "label note has a value"],
                 findings(found, "cb-707").sort
    [secret, Roots::ACCESS_KEY].each { |value| refute_includes JSON.generate(found.controls), value }
  end

  def test_what_is_harmless
    found = scan(CLEAN.merge("Cmd" => HARMLESS, "ExposedPorts" => { "2200/tcp" => {}, "220-229/udp" => {} }), &with(proc do
      program("opt/tool") && own("opt/tool", 0o775, 0, 1) && own("opt", 0o1777, 0, 0)
    end))
    assert_equal ["passed"], found.statuses.values.uniq, found.statuses
  end

  def test_a_witness_tells_the_user_and_not_the_configuration
    found = witnessed(uid: 1000)
    assert_equal %w[passed passed passed passed no_impact no_impact no_impact], found.statuses.values
    assert_includes found.text("cb-705"), "Only a process tells of the image here"
    assert_equal %w[failed passed no_impact], statuses(witnessed(uid: 0), 701, 702, 703)
  end

  def test_a_user_that_the_scan_sets_is_a_visible_skip
    say(user: "`pod-security: restricted` sets the user of every container")
    found = witnessed(uid: 10_001)
    assert_equal %w[skipped skipped skipped], statuses(found, 701, 702, 703)
    assert_includes found.text("cb-701"), "`pod-security: restricted` sets the user of every container"
  end

  def test_without_facts_nothing_is_answered
    say(none: "its processor is another one")
    found = exec(image(&with(nil)))
    assert_equal ["skipped"], found.statuses.values.uniq
    found.statuses.each_key { |id| assert_includes found.text(id), "its processor is another one" }
  end

  def test_a_process_whose_user_the_scan_has_set
    skip "needs x86-64" unless RUBY_PLATFORM.start_with?("x86_64")
    root = image(&with(nil))
    HeldProcess.run(root, "PATH" => "/usr/bin") do |pid|
      own = exec(root, uri: "proc://#{pid}", env: { "SCAN_HOLD" => "false" })
      assert_equal %w[failed passed no_impact no_impact], statuses(own, 701, 702, 703, 705)
      set = exec(root, uri: "proc://#{pid}", env: { "SCAN_HOLD" => "false", "SCAN_USER_SET_BY" => "`run-as-user` sets it" })
      assert_equal %w[skipped skipped skipped], statuses(set, 701, 702, 703)
      assert_includes set.text("cb-701"), "`run-as-user` sets it"
    end
  end

  private

  def with(content)
    proc do
      Roots.accounts(self)
      file "etc/passwd", PASSWD
      program "usr/bin/server"
      file "srv/app/page"
      instance_eval(&content) if content
    end
  end

  def image(&content)
    @images = (@images || 0) + 1
    RootFolder.make(@folder, "image-#{@images}", &content).path
  end

  def say(none: nil, user: nil)
    File.write("#{@folder}/word", JSON.generate("none" => none, "user" => user, "injected" => []))
  end

  def scan(config, input: {}, &content)
    File.write("#{@folder}/facts/image.json", JSON.generate(config))
    exec(image(&content || with(nil)), input: input)
  end

  def witnessed(uid:)
    texts = { "environ" => "PATH=/usr/bin\0", "cwd" => "/srv/app\0", "status" => "Uid:\t#{uid}\t#{uid}\nGid:\t#{uid}\t#{uid}\nGroups:\t\n", "done" => "" }
    texts.each { |name, text| File.write("#{@folder}/facts/#{name}", text) }
    exec(image(&with(nil)))
  end

  def exec(root, uri: "rootfs://#{root}", input: {}, env: {})
    told = { "SCAN_FACTS" => "#{@folder}/facts", "SCAN_WITNESS" => "#{@folder}/word", "SCAN_FACTS_WAIT" => "0.2" }
    found = Scanner.exec(uri, "--controls", "/^cb-70/", input: input, env: told.merge(env))
    Scanner::Scan.new(found.controls.reject { |control| control["results"].empty? }.sort_by { |control| control["id"] })
  end

  def findings(found, id)
    found.text(id).lines(chomp: true).drop(1).map { |line| line.delete_prefix("- ") }
  end

  def statuses(found, *numbers)
    numbers.map { |number| found.status("cb-#{number}") }
  end
end
