# frozen_string_literal: true

module SidecarScan
  # `describe.one`: an alternative that could not be answered may be the one that holds, so the failure of the others proves nothing.
  module UnansweredAlternatives
    private

    # InSpec gives the groups that succeeded or, where none did, all of them.
    def add_resource(method_name, arg, opts, block)
      groups = super
      return groups unless method_name == "describe.one" && groups

      open = groups.select { |group| Alternative.open?(group) }
      open.empty? ? groups : open.map { |group| skipped(group, opts) }
    end

    def skipped(group, opts)
      described = group.described_class || group.description
      rspec_skipped_block([described], opts, Alternative.reason(group))
    end
  end

  # One group of a `describe.one`, after it was run.
  module Alternative
    module_function

    # Not answered in full, and nothing of it failed
    def open?(group)
      !reason(group).nil? && examples(group).none? { |example| failed?(example) }
    end

    def reason(group)
      examples(group).map { |example| example.metadata[:sidecar_scan_unanswered] }.compact.first
    end

    def failed?(example)
      example.metadata[:sidecar_scan_unanswered].nil? && example.execution_result.status == :failed
    end

    def examples(group)
      group.descendants.flat_map(&:examples)
    end
  end
end
