# frozen_string_literal: true

require_relative "command_text"

module SidecarScan
  module Commands
    # Whether a command's text asks for its environment. Needed only while that is unknown: what a command is given then is not
    # what the image would give it.
    class EnvironmentText
      SHELL_VARIABLES = %w[PWD OLDPWD IFS PPID OPTIND OPTARG REPLY RANDOM SECONDS LINENO BASH_VERSION BASHPID FUNCNAME PIPESTATUS].freeze
      VARIABLE = /(?<!\\)\$(?:([A-Za-z_]\w*)|\{[!#]?([A-Za-z_]\w*)(:?[-=+?])?)/.freeze
      # Program → what follows where it prints the environment
      LISTING = {
        %w[printenv locale] => nil,
        %w[env] => /(?=\s*(?:\z|[|;&)>\n]|-0|--null|-u))/.source,
        %w[set] => /(?=\s*(?:\z|[|;&)>\n]))/.source,
        %w[export declare typeset readonly] => /(?=\s*(?:\z|[|;&)>\n]|-p|-x\s*(?:\z|[|;&)>\n])))/.source,
        %w[compgen] => /(?=\s+-\w*[ev])/.source,
      }.freeze
      LANGUAGES = /\bENVIRON\b|\$ENV\b|%ENV\b|\bENV(?:\[|\.|\{)|\bos\.(?:environ|getenv)|\bgetenv\b|\$_(?:ENV|SERVER)\b|\bprocess\.env\b|\[\s+-v\s|\btest\s+-v\s/.freeze
      HOME = %r{(?:\A|[\s=:"(])~(?=/|\s|\z|[;|&)"])|(?:\A|[;&|(]\s*|&&\s*)cd\s*(?=\z|[;&|)])}.freeze

      def self.asked(command)
        new(command).asked
      end

      def initialize(command)
        @command = ShellText.unwrap(command)
      end

      # What of the environment the command asks for, or nil
      def asked
        variable = unset_variable
        return "`$#{variable}`" if variable

        text = CommandText.new(@command)
        LISTING.each do |names, followed|
          found = text.program(names, followed)
          return "`#{found}`" if found
        end
        return "the environment" if LANGUAGES.match?(@command)

        text.texts.any? { |shell| HOME.match?(shell) } ? "`~`" : nil
      end

      private

      # The first variable that the command reads and neither sets itself nor has from its shell. What stands in single
      # quotes is another program's ($NF of awk), unless a shell is given it.
      def unset_variable
        given = @command.match?(/\beval\b|#{CommandText::SHELL_TEXT.source}\s/) ? @command.gsub(/\\([\\$"`])/, '\1') : @command
        text = given.gsub(/(#{CommandText::SHELL_TEXT.source}\s*)?'[^']*'/) { |quoted| Regexp.last_match(1) ? quoted : "''" }
        text.scan(VARIABLE).map { |plain, braced, _default| plain || braced }.find do |name|
          !SHELL_VARIABLES.include?(name) && !text.match?(/\b#{name}\+?=|\bfor\s+#{name}\b|\b(?:read|mapfile|readarray|getopts)\b[^;|&]*\b#{name}\b/)
        end
      end
    end
  end
end
