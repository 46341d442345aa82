# frozen_string_literal: true

require_relative "../result"

module SidecarScan
  module Answers
    # Is a program there? Told from the target's PATH, or, for a resource that probes for a tool whose work this
    # transport does itself, "yes": such resources read "absent" as an empty answer, which passes negated tests.
    class Tools
      REPLACED = %w[ss].freeze
      BUILTINS = %w[
        alias bg cd command echo eval exec exit export false fg getopts hash jobs kill printf pwd read set shift test times trap true
        type ulimit umask unset wait
      ].freeze
      # How InSpec's `host` asks whether bash can open connections
      NETWORK_PROBE = "strings `which bash` | grep -qE '/dev/(tcp|udp)/'"
      COMMAND_RESOURCE = "/inspec/resources/command.rb"

      def initialize(target)
        @target = target
        @root = target.root
      end

      # A resource's own probe for a tool that is replaced here.
      def replaced(words)
        name = probed(words)
        REPLACED.include?(name) && asked_by_resource? ? Result.new("#{name} is answered from /proc\n") : nil
      end

      def call(words)
        name = probed(words) or return nil
        return Result.new("#{name} is a shell builtin\n") if BUILTINS.include?(name) && words[0] != "which" && shell?

        found = path_of(name)
        return Result.new("#{found}\n") if found

        Result.new("", "sh: 1: #{name}: not found\n", words[0] == "which" ? 1 : 127)
      end

      # InSpec's probe of bash; nil: another command. Without one of the programs, grep reads nothing.
      def network_probe(text)
        return nil unless text == NETWORK_PROBE
        return Result.new("", "sh: 1: grep: not found\n", 127) unless path_of("grep")

        bash = path_of("bash")
        asked = bash && path_of("strings") && path_of("which")
        Result.status(asked && @root.read(bash).b.match?(%r{/dev/(?:tcp|udp)/}n))
      end

      # Where the target would find a program; nil: nowhere
      def path_of(name)
        return @target.search_path.map { |folder| File.join(folder, name) }.find { |path| @root.executable?(path) } unless name.include?("/")

        @root.executable?(name.start_with?("/") ? name : File.join(@target.working_folder, name)) ? name : nil
      end

      private

      # type NAME, which NAME, command -v NAME
      def probed(words)
        return words[1] if words.size == 2 && %w[type which].include?(words[0])
        return words[2] if words.size == 3 && words[0] == "command" && words[1] == "-v"

        nil
      end

      def shell?
        @root.executable?("/bin/sh")
      end

      # The frame above InSpec's command resource tells who asks: another resource, or the profile itself.
      def asked_by_resource?
        frames = caller_locations.map { |frame| frame.path.to_s }
        start = frames.index { |path| path.end_with?(COMMAND_RESOURCE) } or return false
        asker = frames.drop(start).find { |path| !path.end_with?(COMMAND_RESOURCE) }
        asker.to_s.match?(%r{/inspec/(?:resources|utils)/})
      end
    end
  end
end
