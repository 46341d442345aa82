# frozen_string_literal: true

require "json"

# Two results of one profile, example by example: what the transport said (here) against the truth inside the target (there).
class Comparison
  Pair = Struct.new(:control, :example, :here, :there, :message, :missing)

  attr_reader :pairs

  def initialize(here, there, missing = [])
    @missing = missing
    @pairs = controls(there).flat_map { |id, examples| pair(id, controls(here).fetch(id, []), examples) }
  end

  # Examples that the image's own tools could answer
  def decided
    @pairs.select { |pair| pair.missing.nil? }
  end

  # The one thing that must never be: proven here, not so there.
  def false_passes
    @pairs.select { |pair| pair.here == "passed" && pair.there != "passed" && pair.missing.nil? }
  end

  # A control or an example that vanished
  def gaps
    @pairs.select { |pair| pair.here == "absent" && !pair.example.start_with?("Control Source Code Error") }
  end

  def differences
    @pairs.reject { |pair| pair.here == pair.there }
  end

  def share_equal
    100.0 * decided.count { |pair| pair.here == pair.there } / decided.size
  end

  private

  def controls(results)
    results.fetch("profiles").flat_map { |profile| profile["controls"] }.map { |control| [control["id"], control["results"] || []] }.to_h
  end

  # Examples are paired by their text. A resource or a control body that could not be asked has one skipped example for
  # all of its own; an example without any partner is a gap, which is worse than a skip.
  def pair(id, here, there)
    left = here.dup
    whole = here.find { |example| example["status"] == "skipped" && example["code_desc"].start_with?("Control Source Code") }
    there.map do |example|
      text = plain(example["code_desc"])
      index = left.index { |other| plain(other["code_desc"]) == text } || left.index { |other| skipped_for?(other, text) } || left.index { |other| unnamed?(other) }
      found = index ? left[index] : here.find { |other| skipped_for?(other, text) } || whole || { "status" => "absent" }
      left.delete_at(index) if index
      Pair.new(id, text, found["status"], example["status"], found["skip_message"] || found["message"], tool(id, example["code_desc"]))
    end
  end

  # An example that is skipped or that raises keeps only its group's text.
  def skipped_for?(other, text)
    mine = plain(other["code_desc"]).strip
    (other["status"] == "skipped" && text.start_with?(mine)) || mine.start_with?("#{text.strip} is expected")
  end

  # A filter that could not be asked is named by its reason.
  def unnamed?(other)
    other["status"] == "skipped" && other["code_desc"].include?("(Not available through the proc transport")
  end

  def plain(text)
    text.gsub(/#<([\w:]+):0x\h+>/, '\1')
  end

  def tool(id, description)
    entry = @missing.find { |control, text, _command| control == id && text == description }
    entry && entry[2]
  end
end
