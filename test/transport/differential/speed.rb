# frozen_string_literal: true

# ruby speed.rb: processor time of a profile of 500 examples on Debian, through proc:// at baseline and restricted, against
# local:// inside the same container; five rounds, medians. Needs what run.rb needs.
require_relative "run"

ROUNDS = 5
EXAMPLES = 500

def median(values)
  values.sort[values.size / 2]
end

def examples(report)
  report["profiles"].flat_map { |profile| profile["controls"] }.sum { |control| control["results"].size }
end

# [seconds here, seconds inside] of each round
def rounds(level, results)
  Pod.new(image: "localhost/target-debian:1", level: level, mounts: { RUNTIME => "/.ground-truth", __dir__ => "/.differential" }, shared: results).start do |pod|
    prepare_runtime(pod)
    pid = pod.host_pid
    Array.new(ROUNDS) do |round|
      here, spent_here = scan(pod, "speed-#{level}-#{round}", results, profile: "speed-profile")
      there, _missing, spent_there = truth(pid, "speed-#{level}-#{round}.json", results, profile: "speed-profile", plain: true)
      raise "#{examples(here)} and #{examples(there)} examples instead of #{EXAMPLES}" unless [here, there].all? { |report| examples(report) == EXAMPLES }

      [spent_here, spent_there]
    end
  end
end

results = File.join(CACHE, "speed")
FileUtils.rm_rf(results)
FileUtils.mkdir_p([results, RUNTIME])
File.chmod(0o777, results)
puts "transport: #{EXAMPLES} examples on Debian, seconds of processor time, median of #{ROUNDS}"
Pod.namespace do
  LEVELS.each do |level|
    here, there = rounds(level, results).transpose.map { |values| median(values) }
    puts format("%-11s proc:// %5.2f   local:// inside %5.2f   ratio %.2f", level, here, there, here / there)
  end
end
