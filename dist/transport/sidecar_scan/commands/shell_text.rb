# frozen_string_literal: true

require "shellwords"

module SidecarScan
  # Reads as much of a shell command as is needed to answer it without a shell.
  module ShellText
    # `df … | awk '… print $6' | xargs … find …`: the folders on which something is mounted are only listed to be searched
    SEARCH_OF_MOUNTS = /\Adf(?:\s+(?:--local|--portability|-[lPkh]+))*\s*\|\s*awk\s+(?:'([^']*)'|"([^"]*)"|(\{)'([^']*)'\})\s*\|\s*(xargs\s+(?:-\S+\s+)*(?:'\{\}'\s+|\{\}\s+)?find\s[^|]*(?:\|.*)?)\z/m.freeze
    SIXTH = %w[{if(NR!=1)print$6} {if(NR!=1){print$6}} NR!=1{print$6} NR>1{print$6} {if(NR>1)print$6} {if(NR>1){print$6}}].freeze
    # What a shell takes as it is, each sign alone or in quotes
    LITERAL = %r{\A(?:'[^']*'|"(?:[^"$`\\]|\\[^$`"\\\n]|\$(?="))*"|[\w./:=,@%+^-]|[ \t])+\z}.freeze
    SHELLS = %w[sh bash ash dash /bin/sh /bin/bash /usr/bin/bash].freeze
    FIRST_WORD = /\A\S+/.freeze

    module_function

    # The words of one plain command, or nil: no pipes, redirections, expansions, assignments.
    def words(command)
      return nil if command.gsub(/'[^']*'|"[^"$`\\!]*"/, "q").match?(/[;|&<>$`(){}*?\[\n~#\\]/)

      list = Shellwords.split(command)
      list.empty? || list.first.include?("=") ? nil : list
    rescue ArgumentError
      nil
    end

    # The words of one command that is only literal text, whatever stands in its quotes; nil where a shell would change any.
    def literal_words(command)
      return nil unless LITERAL.match?(command)

      list = Shellwords.split(command)
      list.empty? || list.first.include?("=") ? nil : list
    rescue ArgumentError
      nil
    end

    # `sh -c '…'` → the text inside; any other command as it is.
    def unwrap(command)
      return command unless SHELLS.include?(command[FIRST_WORD])

      list = Shellwords.split(command)
      list.size == 3 && list[1] == "-c" ? list[2].strip : command
    rescue ArgumentError
      command
    end

    # [the command without its redirection of errors, whether they go where its output goes]; nil where it has none.
    def without_errors(command)
      found = %r{\A([^<>]*?)\s+2>\s*(&1|/dev/null)\z}.match(command)
      found && [found[1], found[2] == "&1"]
    end

    # The search in each of the folders that `df` lists, which it reads from its input; nil where a command is no such.
    def search_of_mounts(command)
      found = SEARCH_OF_MOUNTS.match(command) or return nil
      program = found[3] ? "{#{found[4]}}" : found[1] || found[2].gsub("\\$", "$")
      SIXTH.include?(program.gsub(/\s/, "")) ? found[5] : nil
    end

    # [first command, the rest] of a plain pipeline `first | rest`; nil where it is none.
    def pipeline(command)
      quote = nil
      command.each_char.with_index do |char, index|
        if quote
          quote = nil if char == quote
        elsif %w[' "].include?(char) then quote = char
        elsif char == "|" then return split_pipe(command, index)
        elsif ";&`(\n\\".include?(char) && !stderr_redirect?(command, index) then return nil
        end
      end
      nil
    end

    def split_pipe(command, index)
      return nil if command[index + 1] == "|" || command[index + 1] == "&"

      [command[0...index].strip, command[(index + 1)..-1].strip]
    end

    def stderr_redirect?(command, index)
      command[index] == "&" && command[(index - 1)..(index + 1)] == ">&1" && command[index - 2] == "2"
    end
  end
end
