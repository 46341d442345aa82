# frozen_string_literal: true

require_relative "../files/access"
require_relative "../answers/disk"
require_relative "../answers/files"
require_relative "../answers/identity"
require_relative "../answers/packages"
require_relative "../answers/processes"
require_relative "shell_text"
require_relative "../answers/sockets"
require_relative "../answers/system"
require_relative "../answers/modules"
require_relative "../answers/text_tools"
require_relative "../answers/tools"
require_relative "../honesty"
require_relative "chroot"
require_relative "environment_text"
require_relative "guard"
require_relative "plain_command"

module SidecarScan
  module Commands
    # Who answers a command? First what chroot cannot tell truly (processes, mounts, environment, packages), from /proc
    # and from files; then the target's own shell; without one, the exact commands InSpec issues, from files; else nobody.
    class Router
      USER_LIST = %(cut -d: -f1 /etc/passwd | grep -v "^#")
      CONTENT = /\Atest -f (\S+) && cat (\S+)\z/.freeze
      FAILED_LOGINS = /\Alastb -w -a \| grep [\w.-]+ \| wc -l\z/.freeze
      COMPLAINTS = %r{^.*(?:Read-only file system|(?<![\w.])/(?:proc|sys|dev)/\S*: (?:No such file or directory|not found|nonexistent)|/proc (?:is not|must be) mounted|mount /proc).*$}i.freeze
      MOUNT_OF = /\Amount \| grep -- ' on (.*) '\z/m.freeze
      ONE_FILE_SYSTEM = /(?<![\w-])(?:-xdev|-mount|--one-file-system|du\s+(?:-\w+\s+)*-\w*x)(?![\w-])/.freeze
      BY_USER = %r{\Asu -s /bin/sh -c "test -([rwx]) (.+)" (\S+)\z}m.freeze

      def initialize(target, accounts, settings)
        @target = target
        @settings = settings
        @running = !target.pid.nil?
        @at_rest = target.held?(settings)
        @shell = Chroot.new(target, !@at_rest)
        @hung = {}
        @unproven = {}
        @access = Access.new(target.root, accounts)
        @system = Answers::System.new(target)
        @tools = Answers::Tools.new(target)
        @guard = Guard.new(@running, @at_rest, target.foreign_mounts) { |name| @tools.path_of(name) }
        @identity = Answers::Identity.new(target, accounts)
        @files = Answers::Files.new(target, accounts)
        @text = Answers::TextTools.new(target, @tools)
        @first = [@system, Answers::Modules.new(target, @tools), Answers::Packages.new(target), Answers::Disk.new(target),
                  Answers::Processes.new(target, accounts, settings), Answers::Sockets.new(target, settings)]
        require_shell if settings.commands == "chroot"
      end

      def run(command, seconds = nil)
        text = rootly(bytes(command.to_s).strip)
        @target.alive!
        result = answer_first(text) || (shell? ? in_shell(text, seconds) : from_files(text))
        result || unanswered(text)
      rescue Errno::EACCES, Errno::EPERM => e
        Honesty.unavailable!("`#{shown(text)}`: #{e.message}")
      end

      # While the platform is found out: files only, unknown is "no such command".
      def detect(command)
        text = bytes(command).strip
        words = ShellText.words(text)
        found = (words && (@system.call(words) || @files.call(words))) || content_of_file(text)
        found || Result.new("", "", 127)
      rescue Errno::EACCES, Errno::EPERM
        Result.new("", "", 126)
      end

      private

      def answer_first(text)
        return @system.mounted_at(Regexp.last_match(1)) if MOUNT_OF.match(text)
        return by_user(*Regexp.last_match.captures) if BY_USER.match(text)

        inner = unwrapped(text)
        words = ShellText.words(inner)
        found = words && (@tools.replaced(words) || first(words) || own_user(words))
        found || redirected(inner) || (shell? ? piped(inner) || searched(inner) : nil)
      end

      # Of what is mounted over the image at rest, nothing is the image's.
      def searched(text)
        search = @at_rest ? ShellText.search_of_mounts(text) : nil
        search && refusal(search).nil? ? executed(search, @settings.command_timeout, "/\n") : nil
      end

      # `bash -c …` needs a bash; InSpec's probe for a program is answered without one.
      def unwrapped(text)
        inner = ShellText.unwrap(text)
        inner.equal?(text) || inner.start_with?("type ") || @tools.path_of(text[ShellText::FIRST_WORD].to_s) ? inner : text
      end

      # A shell in the image's root would be the scanner's user.
      def own_user(words)
        @target.facts ? @identity.own(words) : nil
      end

      def first(words)
        @first.each do |answers|
          found = answers.call(words)
          return found if found
        end
        nil
      end

      # `mount | grep …`: the first command answered here, the rest by the target's shell.
      def piped(text)
        start, rest = ShellText.pipeline(text)
        words = start && ShellText.words(start)
        found = words ? first(words) : start && redirected(start)
        return nil unless found && refusal(rest).nil?

        executed(rest, @settings.command_timeout, found.stdout)
      end

      # One command whose errors are sent elsewhere: which of several lines came first is not known.
      def redirected(text)
        plain, merged = ShellText.without_errors(text)
        words = plain && ShellText.words(plain)
        found = words && first(words)
        return found && Result.new(found.stdout, "", found.exit_status) unless merged && found

        found.stdout.empty? || found.stderr.empty? ? Result.new(found.stdout + found.stderr, "", found.exit_status) : nil
      end

      # Who is root already needs no sudo, where the image has one.
      def rootly(text)
        text.include?("sudo") && shell? && @tools.path_of("sudo") ? CommandText.without_sudo(text) : text
      end

      def by_user(flag, path, user)
        allowed = @access.allowed?(flag, path, user)
        allowed.nil? ? Result.new("", "su: user #{user} does not exist\n", 1) : Result.status(allowed)
      end

      def in_shell(text, seconds)
        refused = @unproven[text] || refusal(text)
        return unknown(text, refused) if refused

        limit = [seconds.to_f.positive? ? seconds : nil, @settings.command_timeout].compact.min
        executed(text, limit, nil, seconds.to_f.positive? && seconds == limit)
      end

      def refusal(text)
        @guard.refusal(text, @shell.watched?) || left_out(text) || (@target.environment_known? ? nil : unknown_environment(text))
      end

      # The command root of a mounted image has the image's /tmp on a file system of its own.
      def left_out(text)
        folder = ONE_FILE_SYSTEM.match?(text) ? @target.apart : nil
        folder && "it stays on one file system, and #{folder} with files of the image is mounted apart for the scan (target-access: sidecar)"
      end

      def unknown_environment(text)
        asked = EnvironmentText.asked(text)
        asked && "#{asked}: the environment of the image (#{@target.facts.why_unknown(:environment)})"
      end

      def unknown(text, why)
        Honesty.unavailable!("the command `#{shown(text)}`: #{why}")
      end

      # A limit the profile set is the profile's failure; ours is "cannot say".
      def executed(text, limit, input, own_limit = false)
        hung = @hung.fetch(text, 0)
        raise Chroot::TooLate if hung >= limit

        result = @shell.run(text, limit, input, watched: watched?(text))
        @target.alive!
        why = complaint(result)
        why ? unknown(text, @unproven[text] = why) : result
      rescue Chroot::TooLate
        @hung[text] = [limit, hung.to_f].max
        raise Train::CommandTimeoutReached if own_limit && defined?(Train::CommandTimeoutReached)
        return unknown(text, "it took longer than #{hung} s before and is not run again") if hung.to_f.positive?

        Honesty.unavailable!("the command `#{shown(text)}` took longer than #{limit} s")
      rescue Chroot::TooLong
        Honesty.unavailable!("the command `#{shown(text)}` printed more than #{Chroot::OUTPUT_LIMIT >> 20} MiB")
      end

      # Whether the words of a command leave open what it does
      def watched?(text)
        return false unless @at_rest

        @plain ||= PlainCommand.new(@target.command_root, @target.working_folder, @target.foreign_mounts)
        !@plain.plain?(text)
      end

      # Why an answer is not the one that the image would give, by what the command says and by what it was seen to do.
      def complaint(result)
        refused = result.exit_status != 0 && result.stderr[/^.*Operation not permitted.*$/]
        refused ||= result.stderr[COMPLAINTS] if @at_rest
        return refused.strip[0, 120] if refused

        @at_rest ? result.sights&.reason(@target.command_root, @target.pid, @target.foreign_mounts) : nil
      end

      def from_files(text)
        return @identity.user_list if text == USER_LIST
        return @identity.failed_logins if FAILED_LOGINS.match?(text)

        inner = unwrapped(text)
        words = ShellText.words(inner)
        content_of_file(text) || @tools.network_probe(text) || (words && told(words)) || @text.call(inner) { |start| first(start) || told(start) }
      end

      def told(words)
        @tools.call(words) || @identity.call(words) || @files.call(words)
      end

      def content_of_file(text)
        CONTENT.match(text) && Regexp.last_match(1) == Regexp.last_match(2) ? @files.content_of_file(Regexp.last_match(1)) : nil
      end

      def unanswered(text)
        Honesty.unavailable!("the command `#{shown(text)}` (#{why_no_shell})")
      end

      def why_no_shell
        return "commands are answered from files only" if @settings.commands == "files"
        return "the scanner may not chroot: pod-security: baseline" unless Chroot.permitted?

        "the image has no shell that runs here"
      end

      def shell?
        return false if @settings.commands == "files"

        @shell_works = @shell.works? if @shell_works.nil?
        @shell_works
      end

      def require_shell
        return if shell?

        raise Train::TransportError, "proc transport: SCAN_COMMANDS=chroot, but #{why_no_shell}"
      end

      # A profile may grep for what is no text in its encoding.
      def bytes(command)
        command.valid_encoding? ? command : command.b
      end

      def shown(text)
        text = text.dup.force_encoding(Encoding::UTF_8).scrub
        text.length > 120 ? "#{text[0, 120]}…" : text
      end
    end
  end
end
