# frozen_string_literal: true

# ruby run.rb [IMAGE…]: the profile through proc:// in real pods, at baseline and restricted, and through rootfs:// on the
# same files mounted, against local:// inside the same container as root. Needs root, KUBECONFIG of a cluster whose node is
# this machine, podman, and the images in both. With all images the differences must be those that
# docs/transport-differences.md lists; WRITE=1 writes it. Last line: N passed, N failed, N skipped.
require "fileutils"
require_relative "compare"
require_relative "fixtures"
require_relative "mounted"
require_relative "pod"
require_relative "report"

TARGETS = {
  "debian" => { command: nil, shell: true }, "busybox" => { command: nil, shell: true },
  "rpm" => { command: %w[sleep infinity], shell: true }, "distroless" => { command: %w[/app/server 8080], shell: false }
}.freeze
LEVELS = %w[baseline restricted].freeze
CACHE = File.join(ENV["XDG_CACHE_HOME"] || File.join(Dir.home, ".cache"), "sidecar-scan")
RUNTIME = File.join(CACHE, "ground-truth")
PROFILE = File.join(__dir__, "profile")
BUSYBOX = "/bin/busybox"
EQUAL_AT_LEAST = 98.0
ONE_AT_A_TIME = Mutex.new

# The scanner image's root, taken out of a running pod once.
def prepare_runtime(pod)
  return if File.exist?("#{RUNTIME}/usr/bin/ruby")

  FileUtils.mkdir_p(RUNTIME)
  command = "kubectl -n #{Pod::NAMESPACE} exec #{pod.name} -c scanner -- tar -c -C / usr var/lib/gems lib lib64 bin etc/ssl 2>/dev/null | tar -x -C #{RUNTIME}"
  system(command) && File.exist?("#{RUNTIME}/usr/bin/ruby") or raise "cannot take the scanner's root"
end

# Without a shell local:// cannot even tell the platform: after the scan, a static busybox is put into the root.
def lend_tools(root)
  FileUtils.mkdir_p("#{root}/bin")
  FileUtils.cp(BUSYBOX, "#{root}/bin/busybox")
  %w[sh uname test cat id getent cut grep ls find stat readlink env head sort wc awk echo which].each do |name|
    FileUtils.ln_sf("/bin/busybox", "#{root}/bin/#{name}")
  end
end

# local:// as root in the target's own namespaces, with its own environment: results, examples that missed a tool, and
# seconds of processor time. `plain`: InSpec as it is, without looking for missed tools.
def truth(pid, name, results, profile: "profile", plain: false)
  loader = "/.ground-truth/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
  libraries = "/.ground-truth/usr/lib/x86_64-linux-gnu:/.ground-truth/lib/x86_64-linux-gnu"
  environment = File.binread("/proc/#{pid}/environ").split("\0").reject { |entry| entry.start_with?("SCAN_TARGET=") }
  load_path = %w[vendor_ruby 3.1.0].flat_map do |part|
    ["-I", "/.ground-truth/usr/lib/ruby/#{part}", "-I", "/.ground-truth/usr/lib/x86_64-linux-gnu/ruby/#{part}"]
  end
  inside = "/.differential-results"
  folder = "/proc/#{pid}/root#{inside}"
  FileUtils.mkdir_p(folder)
  # nsenter enters the namespaces; the loader of the mounted root starts its Ruby, whatever the target has
  variables = environment.map { |entry| entry.split("=", 2) }.to_h
  variables["PLAIN"] = "1" if plain
  pid_of = Process.spawn(variables,
                         "/usr/bin/nsenter", "-t", pid.to_s, "-m", "-p", "-n", "-u", "-i", "-r", "-w",
                         loader, "--library-path", libraries, "/.ground-truth/usr/bin/ruby", "--disable-gems", *load_path, "/.differential/truth.rb",
                         "/.differential/#{profile}", "#{inside}/#{name}", unsetenv_others: true, out: "#{results}/truth-#{name}.log", err: %i[child out])
  before = processor_time
  Process.wait(pid_of)
  spent = processor_time - before
  text = File.read("#{folder}/#{name}")
  missing = File.exist?("#{folder}/#{name}.missing") ? File.readlines("#{folder}/#{name}.missing").map { |line| JSON.parse(line) } : []
  FileUtils.rm_rf(folder)
  [JSON.parse(text), missing, spent]
end

# Seconds that ended children took
def processor_time
  Process.times.then { |times| times.cutime + times.cstime }
end

# Through the transport, in the pod's scanner. NAIVE=1: through the naive one.
def scan(pod, name, results, profile: "profile")
  file = "/results/#{name}.json"
  env = ENV["NAIVE"] ? { "RUBYOPT" => "-r/.differential/naive.rb" } : {}
  log, _code, spent = pod.inspec("exec", "/.differential/#{profile}", "-t", "proc://auto", "--no-create-lockfile", "--reporter", "json:#{file}", env: env)
  [JSON.parse(File.read("#{results}/#{name}.json")), spent]
rescue Errno::ENOENT
  raise "no results for #{name}:\n#{log}"
end

# Level → comparison. The mounted shape is looked at as well, where all files may be read.
def compare(image, level, results)
  target = TARGETS.fetch(image)
  mounts = { RUNTIME => "/.ground-truth", __dir__ => "/.differential" }
  Pod.new(image: "localhost/target-#{image}:1", level: level, command: target[:command], mounts: mounts, shared: results).start do |pod|
    ONE_AT_A_TIME.synchronize { prepare_runtime(pod) }
    pid = pod.host_pid
    Fixtures.write("/proc/#{pid}/root")
    here, = scan(pod, "#{image}-#{level}", results)
    mounted = Mounted.scan(pid, "#{image}-volume", results) if level == "baseline" && !ENV["NAIVE"]
    lend_tools("/proc/#{pid}/root") unless target[:shell]
    there, missing, = truth(pid, "#{image}-#{level}.json", results)
    puts "#{image} #{level}: scanned, and asked inside"
    found = { level => Comparison.new(here, there, missing) }
    found["volume"] = Comparison.new(mounted, there, missing) if mounted
    found
  end
end

# Sentences on what is wrong; empty when the comparison passes.
def complaints(image, level, comparison)
  wrong = comparison.false_passes.map { |pair| "#{image} #{level}: passes here, #{pair.there} there: #{pair.control}: #{pair.example}" }
  wrong += comparison.gaps.map { |pair| "#{image} #{level}: vanished: #{pair.control}: #{pair.example}" }
  if level == "baseline" && TARGETS.fetch(image)[:shell] && comparison.share_equal < EQUAL_AT_LEAST
    wrong << format("%s %s: only %.1f %% of the examples are equal", image, level, comparison.share_equal)
  end
  wrong << "#{image} #{level}: only #{comparison.pairs.size} examples" if comparison.pairs.size < 150
  wrong
end

# What a mounted image answers otherwise than the sidecar does must be what only a process can tell.
def unnamed(image, sidecar, mounted)
  sidecar.pairs.zip(mounted.pairs).reject { |one, other| one.here == other.here || Mounted.named?(other) }.map do |one, other|
    "#{image} volume: #{other.here} instead of #{one.here}: #{one.control}: #{one.example}: #{other.message.to_s[0, 120]}"
  end
end

def show(image, level, comparison, wrong)
  puts format("%-11s %-11s %d examples, %d decided by the image's own tools, %.1f %% of them equal, %d pass here only", image, level,
              comparison.pairs.size, comparison.decided.size, comparison.share_equal, comparison.false_passes.size)
  puts wrong
  comparison.differences.each { |pair| puts "  #{pair.control}: #{pair.example}: #{pair.here} / #{pair.there} #{pair.missing} #{pair.message.to_s[0, 150].tr("\n", " ")}" } if ENV["VERBOSE"]
end

# [image, level] → comparison, in the order of the images; two pods at a time.
def compare_all(images, results)
  left = Queue.new
  images.product(LEVELS).each { |pair| left << pair }
  left.close
  found = Pod.namespace do
    Fixtures.certificate # made once, not by both threads
    Array.new(2) { Thread.new { compare_left(left, results) } }.map(&:value).reduce(:merge)
  end
  images.each_with_object({}) do |image, table|
    %w[baseline volume restricted].each { |level| table[[image, level]] = found[[image, level]] if found[[image, level]] }
  end
end

# Takes pairs of an image and a level until none is left; an error ends the whole run.
def compare_left(left, results)
  Thread.current.report_on_exception = false
  found = {}
  while (image, level = left.pop)
    compare(image, level, results).each { |seen, comparison| found[[image, seen]] = comparison }
  end
  found
end

def main(images)
  results = File.join(CACHE, "differential")
  FileUtils.rm_rf(results)
  FileUtils.mkdir_p([results, RUNTIME])
  File.chmod(0o777, results)
  table = compare_all(images, results)
  failed = table.count do |(image, level), comparison|
    wrong = complaints(image, level, comparison)
    wrong += unnamed(image, table.fetch([image, "baseline"]), comparison) if level == "volume"
    show(image, level, comparison, wrong)
    wrong.any?
  end
  checks = table.size
  if images == TARGETS.keys && !ENV["NAIVE"]
    checks += 1
    failed += 1 unless Report.current?(table, write: ENV["WRITE"])
  end
  puts "#{checks - failed} passed, #{failed} failed, 0 skipped"
  exit 1 if failed.positive?
end

main(ARGV.empty? ? TARGETS.keys : ARGV) if $PROGRAM_NAME == __FILE__
