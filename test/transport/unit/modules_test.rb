# frozen_string_literal: true

require_relative "../helper"
require_relative "../kmod_root"

# modprobe and lsmod from files, held to Debian's kmod on the same root.
class ModulesTest < TransportTest
  SEED = Integer(ENV.fetch("SEED", "13"))
  ROUNDS = Integer(ENV.fetch("ROUNDS", "25"))
  NAMES = %w[cramfs usb-storage usb_storage net-pf-10 ipv6 a[b-c]d snd-* fat vfat udf x-[-]y dccp loop*].push('b]ad', '[bad').freeze
  FOLDERS = SidecarScan::Answers::ModprobeConfig::FOLDERS
  FILES = %w[a.conf b.conf z.conf 10-x.conf blacklist.conf CIS.conf .hidden.conf note.txt old.alias x.confi .conf q.conf~].freeze
  ASKED = %w[cramfs usb-storage usb_storage ipv6 net-pf-10 abd acd snd-pcm fat vfat udf dccp loop0 none x--y a[b-c]d].freeze

  def root
    @root ||= image do
      file("proc/cmdline", "quiet random.trust_cpu=1 usb-storage.quirks=a:b,c modprobe.blacklist=floppy,pc-spkr nvme_core.io_timeout x.y.z=1 console=tty.S0 u.\n")
      file("sys/module/vfat/initstate", "live\n")
      file("sys/module/loop0/parameters/x", "1\n")
      file("sys/module/usb_storage/initstate", "coming\n")
    end.tap { |path| KmodRoot.install(path) }
  end

  def answers(node = root)
    target = SidecarScan::RestingTarget.new(root)
    SidecarScan::Answers::Modules.new(target, SidecarScan::Answers::Tools.new(target), node: node)
  end

  # The answer, where one is given, is what the program says. Its complaints name lines of its own source.
  def assert_same(*words)
    found = answers.call(words) or return false
    out, err, code = KmodRoot.run(root, *words)
    assert_equal([out, code], [found.stdout, found.exit_status], "#{words.join(" ")}\n#{err}\n#{configuration}")
    assert_equal(plain(err), plain(found.stderr), "#{words.join(" ")}\n#{configuration}")
    true
  end

  def plain(errors)
    errors.gsub(/^libkmod: ERROR \S+\.c:\d+ \w+: /, "libkmod: ERROR: ").lines.reject { |line| line.include?("Directories inside") }.join
  end

  def configuration
    FOLDERS.flat_map { |folder| Dir.glob("#{root}#{folder}/*", File::FNM_DOTMATCH).select { |path| File.file?(path) } }.map { |path| "#{path}: #{File.binread(path).inspect}" }.join("\n")
  end

  def configure(random)
    FOLDERS.each { |folder| FileUtils.rm_rf("#{root}#{folder}") }
    random.rand(1..4).times do
      path = "#{root}#{FOLDERS.sample(random: random)}/#{FILES.sample(random: random)}"
      FileUtils.mkdir_p(File.dirname(path))
      case random.rand(12)
      when 0 then FileUtils.ln_sf("/dev/null", path)
      when 1 then FileUtils.mkdir_p(path) unless File.exist?(path)
      when 2 then FileUtils.ln_sf("nowhere", path)
      else File.write(path, Array.new(random.rand(0..7)) { line(random) }.join) unless File.exist?(path) || File.symlink?(path)
      end
    end
  end

  def line(random)
    name, other = NAMES.sample(2, random: random)
    gap = [" ", "  ", "\t", " \t "].sample(random: random)
    text = [
      "install#{gap}#{name}#{gap}/bin/true", "install #{name} /bin/false # why", "install #{name}", "blacklist#{gap}#{name}", "blacklist", "blacklist #{name} x",
      "options #{name}#{gap}a=1\tb=\"c d\"", "options #{name} ", "alias #{name} #{other}", "alias#{gap}#{name}", "softdep #{name} pre: a-b  c post: d", "softdep #{name} post: x y",
      "softdep #{name} pre:", "softdep #{name} x pre: y ", "remove #{name} /sbin/rmmod -r #{other}", "# comment", " # spaced", "  install #{name} /bin/true", "include /etc/x", "nonsense", "", gap,
      "install #{name} \\\n  /bin/true", "install #{name} a\\b", "blacklist #{name}\\", "install\\\n#{name} /bin/false", "# comment \\\ninstall #{name} /bin/true", "install #{name} \\\\ x", "options\t#{name}\tq=\\\n1\r"
    ].sample(random: random)
    text + ["\n", "\n", "\n", "\n", ""].sample(random: random)
  end

  def test_many_configurations_are_answered_as_kmod_answers_them
    told = asked = 0
    ROUNDS.times do |round|
      random = Random.new((SEED * 100_000) + round)
      configure(random)
      whole = assert_same("modprobe", %w[-c --showconfig].sample(random: random))
      assert(whole || configuration.include?("\\\\\""), configuration)
      next unless whole

      ASKED.sample(5, random: random).each do |name|
        asked += 1
        told += 1 if assert_same("modprobe", "-n", "-v", name)
      end
    end
    assert_operator(told, :>, asked * 0.8)
  end

  def test_lsmod
    File.write("#{root}/proc/modules", "vfat 20480 1 - Live 0x0000000000000000\nfat 90112 1 vfat, Live 0x0000000000000000\n")
    { "vfat" => [], "fat" => %w[vfat] }.each do |name, holders|
      FileUtils.mkdir_p(%W[#{root}/sys/module/#{name}/holders] + holders.map { |holder| "#{root}/sys/module/#{name}/holders/#{holder}" })
      File.write("#{root}/sys/module/#{name}/refcnt", "1\n")
    end
    assert(assert_same("lsmod"))
    assert(assert_same("/sbin/lsmod"))
  end

  def test_what_is_not_told
    FileUtils.mkdir_p("#{root}/etc/modprobe.d")
    [%w[modprobe cramfs], %w[modprobe -n cramfs], %w[modprobe -n -v a b], %w[modprobe -v cramfs], %w[modprobe -r cramfs], %w[modprobe -c x], %w[modprobe -D cramfs]].each do |words|
      assert_nil(answers.call(words), words.join(" "))
    end
    File.write("#{root}/etc/modprobe.d/a.conf", "softdep cramfs pre: fat\ninstall cramfs /bin/true\n")
    assert_nil(answers.call(%w[modprobe -n -v cramfs]))
    FileUtils.mkdir_p("#{root}/lib/modules/#{Etc.uname[:release]}")
    assert_nil(answers.call(%w[modprobe -c]))
  end

  def test_another_modprobe_is_not_answered
    FileUtils.rm_f("#{root}/sbin/modprobe")
    File.write("#{root}/sbin/modprobe", "#!/bin/sh\necho install cramfs /bin/true\n", perm: 0o755)
    assert_nil(answers.call(%w[modprobe -n -v cramfs]))
    FileUtils.rm_f("#{root}/sbin/modprobe")
    assert_nil(answers.call(%w[modprobe -n -v cramfs]))
  end

  def test_the_kernel_module_resource
    FileUtils.mkdir_p("#{root}/etc/modprobe.d")
    File.write("#{root}/etc/modprobe.d/cis.conf", "install cramfs /bin/true\ninstall dccp /bin/false\nblacklist udf\n")
    found = inspect_with("rootfs://#{root}", <<~'RUBY')
      { 'cramfs' => true, 'dccp' => true, 'udf' => false, 'jffs2' => false }.each do |name, off|
        control(name) { describe(kernel_module(name)) { it { off ? should(be_disabled) : should_not(be_disabled) } } }
      end
      control('blacklist') { describe(kernel_module('udf')) { it { should be_blacklisted } } }
      control('tried') { describe(command('/sbin/modprobe -n -v cramfs')) { its('stdout') { should eq "install /bin/true 
" } } }
    RUBY
    assert_equal({ "passed" => 6 }, found.values.flatten.map { |result| result["status"] }.tally)
  end
end
