# frozen_string_literal: true

module SidecarScan
  # Appends "done/total control-id" to a file as each control's last example ends, and "awaiting" while there is no target
  # yet. Never breaks the scan.
  class Progress
    # Tells the current Progress of what RSpec runs.
    module Groups
      def run_specs(groups)
        Progress.current&.expect(groups)
        super
      end
    end

    # Every example ends here, whatever became of it.
    module Examples
      def example_finished(example)
        super
        Progress.current&.finished(example)
      end
    end

    class << self
      attr_reader :current

      # True once it is told
      def awaiting(settings)
        File.write(settings.progress, "awaiting\n", mode: "a") if settings.progress
        true
      rescue SystemCallError
        true
      end

      def start(settings)
        return if settings.progress.nil? || @current || !defined?(RSpec::Core::Runner)

        @current = new(settings.progress)
        RSpec::Core::Runner.prepend(Groups)
        RSpec::Core::Reporter.prepend(Examples)
      end
    end

    def initialize(file)
      @file = file
      @left = Hash.new(0)
      @total = 0
      @done = 0
    end

    def expect(groups)
      groups.flat_map(&:descendants).flat_map(&:examples).each { |example| @left[example.metadata[:id]] += 1 }
      @total = @left.size
    rescue StandardError
      @left.clear
    end

    def finished(example)
      id = example.metadata[:id]
      return unless @left.key?(id) && (@left[id] -= 1).zero?

      @done += 1
      File.open(@file, "a") { |file| file.puts("#{@done}/#{@total} #{id}") }
    rescue StandardError
      @left.clear
    end
  end
end
