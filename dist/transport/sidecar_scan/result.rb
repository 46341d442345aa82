# frozen_string_literal: true

module SidecarScan
  # What a command gave. Train and InSpec strip the text in place, so it is never frozen.
  class Result
    attr_reader :stdout, :stderr, :exit_status, :sights

    # `sights`: what a command was seen to do (Commands::Sights); nil where nobody looked.
    def initialize(stdout, stderr = "", exit_status = 0, sights = nil)
      @stdout = text(stdout)
      @stderr = text(stderr)
      @exit_status = exit_status
      @sights = sights
    end

    def self.lines(list)
      new(list.map { |line| "#{line}\n" }.join)
    end

    def self.status(success)
      new("", "", success ? 0 : 1)
    end

    private

    def text(bytes)
      String.new(bytes.to_s).force_encoding(Encoding::UTF_8).scrub
    end
  end
end
