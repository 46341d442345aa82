# frozen_string_literal: true

# docs/transport-differences.md: what the comparison found.
module Report
  FILE = File.expand_path("../../../docs/transport-differences.md", __dir__)
  HEAD = <<~TEXT
    # The transport and the truth

    Written by `test/transport/differential/run`: one profile with every kind of resource, through [the transport](transport.md) and, as the truth, by
    InSpec itself as root inside the same container. `baseline` and `restricted` are scan pods with a process namespace that they share, `volume`
    is the image mounted. Where the image lacks the tool that InSpec asks for, the truth is unknown; those examples are not counted as decided.

    No example passes here that does not pass inside.

  TEXT

  module_function

  # `comparisons`: [image, level] → Comparison. Whether the page says what was found; with `write` it is made to.
  def current?(comparisons, write:)
    text = "#{HEAD}#{figures(comparisons)}\n## Every difference\n\n#{differences(comparisons)}"
    File.write(FILE, text) if write
    return true if File.exist?(FILE) && File.read(FILE) == text

    found = text.lines
    known = File.exist?(FILE) ? File.readlines(FILE) : []
    puts "#{FILE} is not what was found (WRITE=1 writes it):"
    (found - known).first(20).each { |line| puts "+ #{line}" }
    (known - found).first(20).each { |line| puts "- #{line}" }
    false
  end

  def figures(comparisons)
    rows = comparisons.map do |(image, level), comparison|
      decided = comparison.decided.size
      same = comparison.pairs.count { |pair| pair.here == pair.there }
      "| #{image} | #{level} | #{comparison.pairs.size} | #{same} | #{decided} | #{format("%.1f %%", comparison.share_equal)} | #{comparison.false_passes.size} |"
    end
    ["| image | level | examples | equal | decided by the image's own tools | of those equal | passed here only |", "|---|---|---|---|---|---|---|", *rows, ""].join("\n")
  end

  def differences(comparisons)
    found = comparisons.flat_map { |(image, level), comparison| comparison.differences.map { |pair| [pair, "#{image} #{level}"] } }
    rows = found.group_by { |pair, _place| [pair.control, pair.example, pair.here, pair.there, reason(pair)] }.map do |key, pairs|
      control, example, here, there, reason = key
      "| #{cell("#{control}: #{example}")} | #{here} | #{there} | #{cell(reason)} | #{places(pairs.map(&:last))} |"
    end
    ["| example | here | inside | reason | where |", "|---|---|---|---|---|", *rows.sort, ""].join("\n")
  end

  def places(list)
    list.group_by { |place| place.split.first }.map { |image, all| "#{image} (#{all.map { |place| place.split.last[0] }.join(", ")})" }.join(", ")
  end

  def reason(pair)
    return "the image lacks the tool inside (`#{pair.missing[0, 50]}`); told from files here" if pair.missing && pair.here == "passed"

    text = pair.message.to_s.lines.reject { |line| line.strip.empty? }.first.to_s.strip.sub("Not available through the proc transport: ", "")
    return text if pair.here == "skipped" && !text.empty?
    return "the scanner is not root at this level: #{text}" if pair.there == "passed" && pair.example.match?(/`(?:id -u|whoami)`/)
    return "the tool was lent to the image after the scan, for the truth's sake" if pair.example.match?(%r{/bin/sh |`sh`|echo hello. is expected to exist})

    pair.missing ? "the image lacks the tool inside (`#{pair.missing[0, 50]}`)" : "other text: #{text}"
  end

  def cell(text)
    text.gsub("|", "\\|").gsub(/\s+/, " ").gsub("<", "&lt;")[0, 220]
  end
end
