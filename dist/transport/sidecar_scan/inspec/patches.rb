# frozen_string_literal: true

# What InSpec and RSpec do with an answer that cannot be given, changed in place. Only where they are loaded: Train alone has neither.
require_relative "examples"
require_relative "alternatives"
require_relative "filter_table"
require_relative "resource"
require_relative "rule"
require_relative "inputs"
require_relative "control_file"

module SidecarScan
  # Each patch, and the class it goes before.
  module Patches
    module_function

    def apply
      RSpec::Core::Example.prepend(UnansweredExample) if defined?(RSpec::Core::Example)
      RSpec::Core::ExampleGroup.singleton_class.prepend(UnansweredHooks) if defined?(RSpec::Core::ExampleGroup)
      FilterTable::ExceptionCatcher.prepend(CaughtReason) if defined?(FilterTable::ExceptionCatcher)
      apply_to_inspec if defined?(Inspec::Rule) && defined?(Inspec::Runner)
    end

    def apply_to_inspec
      Inspec::RunnerRspec.prepend(UnansweredGroup)
      Inspec::Runner.prepend(UnansweredAlternatives)
      Inspec::Resource.prepend(HalfBuilt)
      Inspec::Rule.prepend(ControlBody)
      Inspec::Rule.singleton_class.prepend(UnansweredCondition)
      Inspec::InputRegistry.prepend(UnansweredInputs, LimitedInputs)
      Inspec::ProfileContext.prepend(ControlFiles)
      Inspec::ControlEvalContext.prepend(ControlsOfFile)
    end
  end

  Patches.apply
end
