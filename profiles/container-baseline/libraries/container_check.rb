# frozen_string_literal: true

require 'image_view'

# One question put to the image. It ends in one of three ways, never in a pass that proves nothing:
# findings (an empty list passes), `applies?` false with a reason, or a skipped resource with the reason.
class ContainerCheck < Inspec.resource(1)
  name 'container_check'
  desc 'The base of the checks in this profile; use container_accounts, container_files and the others.'

  class NotApplicable < StandardError; end

  SHOWN = 25
  attr_reader :findings, :scope

  def initialize(question, options = {})
    @question = question
    @options = options
    @unknown = []
    @image = ImageView.of(inspec)
    @findings = answer
    @image.unknown!(@unknown.uniq.join('; ')) if @findings.empty? && applies? && @unknown.any?
  rescue NoMethodError => e
    raise "defect in #{self.class}##{question}: #{e.message}" # InSpec would show it as a skip
  end

  def applies?
    @scope.nil?
  end

  # The findings as text, shortened with the number left out.
  def report
    shown = @findings.first(SHOWN).map { |finding| "- #{finding}" }
    left = @findings.size - shown.size
    shown << "- and #{left} more" if left.positive?
    "#{@findings.size} finding#{'s' if @findings.size > 1}:\n#{shown.join("\n")}"
  end

  def resource_id
    @question.to_s
  end

  def to_s
    @question.to_s.tr('_', ' ').capitalize
  end

  private

  def answer
    send(@question).uniq.sort
  rescue NotApplicable => e
    @scope = e.message if @unknown.empty? # what could not be seen may be what the question is about
    []
  end

  def option(key)
    @options.fetch(key)
  end

  def not_applicable!(reason)
    raise NotApplicable, reason
  end

  # Entries of the image. A walk that could not see everything turns a clean answer into a skip; a closed folder
  # matters only where it overlaps the folders that the question is about (all of them unless `within` names some).
  def entries(within: nil, &block)
    tree = @image.tree(option(:max_entries))
    note_gaps(tree, tree.denied.select { |folder| within.nil? || within.any? { |wanted| overlap?(folder, wanted) } })
    block ? tree.entries.select(&block) : tree.entries
  end

  def by_path
    @image.tree(option(:max_entries)).by_path
  end

  def overlap?(closed, wanted)
    return true if closed == wanted || closed == '/'

    wanted != '/' && (closed.start_with?("#{wanted}/") || wanted.start_with?("#{closed}/"))
  end

  def note_gaps(tree, closed)
    if closed.any?
      some = closed.first(5).join(', ')
      @unknown << "#{closed.size} folder(s) of the image may not be read (#{some}#{', …' if closed.size > 5})"
    end
    @unknown << "the walk stopped after #{tree.entries.size} entries (input max_entries)" if tree.truncated
  end

  def allowed?(path, patterns)
    patterns.any? { |pattern| path == pattern || File.fnmatch?(pattern, path, File::FNM_DOTMATCH) || path.start_with?("#{pattern.chomp('/')}/") }
  end

  def writable_by_others?(entry)
    entry.mode.anybits?(0o002) || (entry.mode.anybits?(0o020) && entry.gid != 0)
  end

  # Why a file or folder that only root should change is not safe; nil when it is.
  def unsafe(entry, owners = [0])
    return "owned by UID #{entry.uid}" unless owners.include?(entry.uid)

    "mode #{entry.octal} lets others write (group #{entry.gid})" if writable_by_others?(entry)
  end
end

RSpec::Matchers.define :have_no_findings do
  match { |check| check.findings.empty? }
  description { 'have no findings' }
  failure_message(&:report)
end
