# frozen_string_literal: true

require "etc"
require_relative "../honesty"
require_relative "../result"
require_relative "../files/root"
require_relative "modprobe_config"

module SidecarScan
  module Answers
    # What modprobe and lsmod of kmod say where nothing is loaded by them: the image's configuration, and the modules of the node's
    # kernel, which are the same in every container.
    class Modules
      SHOW = [%w[--showconfig], %w[--show-config], %w[-c]].freeze
      TRIES = [%w[-n -v], %w[-v -n], %w[-nv], %w[-vn], %w[-n --verbose], %w[--dry-run -v], %w[--dry-run --verbose], %w[--verbose --dry-run],
               %w[--show -v], %w[-v --show]].freeze
      HEADING = "Module                  Size  Used by"
      ALWAYS = %w[/etc/modprobe.d /run/modprobe.d /lib/modprobe.d].freeze
      PROGRAM_LIMIT = 4 << 20
      # `by`: the alias that has led to it
      Wanted = Struct.new(:name, :by, :command)
      private_constant :Wanted

      # `tools`: finds programs of the image. `node`: where the node's kernel is seen.
      def initialize(target, tools, node: "/")
        @root = target.root
        @tools = tools
        @node = node.chomp("/")
      end

      def call(words)
        name = File.basename(words[0])
        return nil unless %w[modprobe lsmod].include?(name) && kmod?(words[0])
        return words.size == 1 ? loaded : nil if name == "lsmod"

        options = words.drop(1).take_while { |word| word.start_with?("-") }
        names = words.drop(1 + options.size)
        return shown if SHOW.include?(options) && names.empty?

        TRIES.include?(options) && names.size == 1 ? tried(names[0]) : nil
      end

      private

      # kmod's own: busybox and the older module-init-tools answer otherwise.
      def kmod?(name)
        path = @tools.path_of(name) or return false
        @program = @root.read(path, PROGRAM_LIMIT)
        @program.include?("kmod_module_new_from_lookup") || @program.include?("libkmod")
      rescue SystemCallError
        false
      end

      # With the modules of its own kernel an image would say more than its configuration.
      def config
        return nil if @program.include?("weakdep") || !plain_folders? || modules_of_kernel?

        @config ||= ModprobeConfig.new(@root, ModprobeConfig::FOLDERS.select { |folder| ALWAYS.include?(folder) || @program.include?(folder) }, kernel_line)
        @config.told? ? @config : nil
      end

      def plain_folders?
        ModprobeConfig::FOLDERS.all? { |folder| @root.stat?(folder).then { |stat| stat.nil? || stat.directory? } }
      end

      def modules_of_kernel?
        %w[/lib/modules /usr/lib/modules].any? { |folder| @root.stat?("#{folder}/#{release}") }
      end

      def kernel_line
        File.binread("#{@node}/proc/cmdline")
      rescue Errno::ENOENT
        ""
      end

      def release
        Etc.uname.fetch(:release)
      end

      def shown
        found = config or return nil
        lines = ModprobeConfig::KINDS.flat_map do |kind|
          found.of(kind).map { |name, value| value.nil? ? "#{kind} #{name}" : "#{kind} #{name} #{value}" }
        end
        Result.new([*lines, "", "# End of configuration files. Dumping indexes now:", "", ""].join("\n"), errors(found))
      end

      def errors(found)
        found.errors.map { |text| "libkmod: ERROR: #{text}\n" }.join
      end

      # modprobe -n -v NAME
      def tried(name)
        found = config or return nil
        wanted = ModprobeConfig.normalized(name)
        modules = aliased(found, wanted)
        modules = commanded(found, wanted) if modules.empty?
        return not_found(found, name) if modules.empty?

        lines = modules.map { |one| one_module(found, one) }
        lines.include?(nil) ? nil : Result.new(lines.join, errors(found))
      rescue ArgumentError
        nil
      end

      def aliased(found, wanted)
        found.of("alias").select { |name, _module| matches?(name, wanted) }.map { |name, one| Wanted.new(one, name, command_for(found, one)) }
      end

      # One that only a command knows, by exactly this name
      def commanded(found, wanted)
        command = found.of("install").find { |name, _command| name == wanted }
        return [Wanted.new(wanted, nil, command.last)] if command

        found.of("remove").any? { |name, _command| name == wanted } ? [Wanted.new(wanted, nil, command_for(found, wanted))] : []
      end

      def command_for(found, name)
        found.of("install").find { |pattern, _command| matches?(pattern, name) }&.last
      end

      def matches?(pattern, name)
        File.fnmatch(pattern, name, File::FNM_DOTMATCH)
      end

      def not_found(found, name)
        Result.new("", "#{errors(found)}modprobe: FATAL: Module #{name} not found in directory /lib/modules/#{release}\n", 1)
      end

      # What it would do for one module; nil: not told here
      def one_module(found, one)
        return nil if found.of("softdep").any? { |name, _deps| name == one.name }
        return "" if live?(one.name) || one.command.nil? || (one.by && found.of("blacklist").any? { |name, _none| name == one.name })

        options = found.of("options").select { |name, _text| [one.name, one.by].include?(name) }.map { |_name, text| "#{text} " }
        "install #{one.command} #{options.join}\n"
      end

      def live?(name)
        raise ArgumentError, name if name.include?("/") || name.start_with?(".")

        File.read("#{@node}/sys/module/#{name}/initstate") == "live\n"
      rescue Errno::ENOENT
        Honesty.unavailable!("the modules of the kernel: no /sys in the scanner") unless File.directory?("#{@node}/sys/module")
        false
      end

      def loaded
        lines = File.readlines("#{@node}/proc/modules").map do |line|
          name, size, uses = line.split
          users = Dir.children("#{@node}/sys/module/#{name}/holders")
          return nil if users.size > 1 # in the order of a folder, which another mount of it may tell otherwise

          format("%-19s %8d  %d%s", name, size.to_i, uses.to_i, users.map { |user| " #{user}" }.join)
        end
        Result.lines([HEADING, *lines])
      rescue Errno::ENOENT
        nil
      end
    end
  end
end
