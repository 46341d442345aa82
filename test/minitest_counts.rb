# frozen_string_literal: true

# The last line of a minitest run counts as the other suites do.
class Counts < Minitest::StatisticsReporter
  def report
    super
    bad = failures + errors
    io.puts "#{count - bad - skips} passed, #{bad} failed, #{skips} skipped"
  end
end

module Minitest
  def self.plugin_counts_init(options)
    reporter << Counts.new(options[:io], options)
  end
end
Minitest.extensions << "counts"
