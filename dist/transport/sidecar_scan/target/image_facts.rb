# frozen_string_literal: true

require "json"
require_relative "../honesty"

module SidecarScan
  # What an image is run with: environment, user, working folder. At rest no process of its own tells them. They come from a folder
  # that another fills: `image.json`, the image's configuration as the engine has it; or what our program wrote in a container of
  # the image, the witness (`environ`, `status`, `cwd`, and `done` behind them). The content is the image's own and not trusted.
  class ImageFacts
    # What the kernel gives a process at most is 6 MiB
    LIMIT = 8 << 20
    DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    # Set by Kubernetes and by runtimes in every container, not by the image
    ADDED = /\A(?:SCAN_TARGET|HOSTNAME|KUBERNETES_(?:SERVICE|PORT)\w*)=/.freeze
    NUMBER = /\A\d+\z/.freeze

    class Unknown < StandardError; end

    # The facts for these settings, for an image whose accounts these are
    def initialize(settings, accounts)
      @folder = settings.facts
      @word_file = settings.witness_word
      @deadline = now + settings.facts_wait
      @accounts = accounts
    end

    # Entries NAME=value, as the image's program would be given them
    def environment
      @environment ||= config ? configured_environment : witnessed_environment
    end

    def user_id
      user[0]
    end

    def group_id
      user[1]
    end

    # Numbers of all groups
    def group_ids
      user[2]
    end

    def working_folder
      @working_folder ||= config ? present(config["WorkingDir"]) || "/" : text("cwd").delete("\0")
    end

    # The image's configuration with the keys of `podman image inspect`; nil where only a witness tells.
    def config
      wait
      @config
    end

    # Why something is not known, as a sentence's end; nil where it is
    def why_unknown(fact)
      public_send(fact)
      nil
    rescue Unknown => e
      e.message
    end

    private

    def wait
      return if @ready
      raise Unknown, @missing if @missing

      missing!("no engine tells it") unless @folder
      sleep 0.05 until arrived? || now > @deadline
      missing!("the witness container did not tell it in time") unless @ready
    end

    def missing!(reason)
      @missing = reason
      raise Unknown, reason
    end

    def arrived?
      return false unless @word ||= word

      missing!("there is no witness container: #{@word["none"]}") if @word["none"]
      configuration = File.join(@folder, "image.json")
      @config = JSON.parse(read(configuration)) if File.file?(configuration)
      @ready = !@config.nil? || File.exist?(File.join(@folder, "done"))
    end

    def word
      JSON.parse(File.read(@word_file))
    rescue SystemCallError
      nil
    end

    def text(name)
      wait
      read(File.join(@folder, name)).force_encoding(Encoding::UTF_8).scrub
    end

    # One byte more than the limit is asked for, to see that there are more
    def read(file)
      bytes = File.open(file, File::RDONLY | File::NOFOLLOW, &:read).to_s if File.lstat(file).size <= LIMIT
      bytes || (raise Unknown, "it is larger than #{LIMIT >> 20} MiB")
    rescue SystemCallError => e
      raise Unknown, e.message
    end

    def witnessed_environment
      names = text("environ").split("\0").select { |entry| entry.include?("=") }.reject { |entry| ADDED.match?(entry) }
      added = Array(@word["injected"])
      names.reject { |entry| added.include?(entry[/\A[^=]*/]) }
    end

    # As runtimes complete it: a search path where there is none, and the home of the user
    def configured_environment
      entries = Array(config["Env"]).map(&:to_s).select { |entry| entry.include?("=") }
      entries = { "PATH" => DEFAULT_PATH }.merge(home).map { |name, value| named?(entries, name) ? nil : "#{name}=#{value}" }.compact + entries
      entries.map(&:scrub)
    end

    def named?(entries, name)
      entries.any? { |entry| entry.start_with?("#{name}=") }
    end

    def home
      row = @accounts.users.find { |account| account[2] == user_id.to_s }
      { "HOME" => row ? row[5] : "/" }
    rescue Unknown
      {}
    end

    def user
      @user ||= config ? configured_user : witnessed_user
    end

    def witnessed_user
      status = text("status")
      raise Unknown, @word["user"] if @word["user"]

      numbers = ->(key) { status[/^#{key}:[ \t]*(.*)$/, 1].to_s.split.map(&:to_i) }
      raise Unknown, "the witness container wrote no user" if numbers.call("Uid").size < 2

      [numbers.call("Uid")[1], numbers.call("Gid")[1], numbers.call("Groups")]
    end

    # USER or USER:GROUP, each a name or a number; no user is root
    def configured_user
      name, group = (present(config["User"]) || "0").split(":", 2)
      row = @accounts.user(name) || @accounts.users.find { |account| account[2] == name }
      raise Unknown, "the image's user #{name} is in no account of the image" unless row || NUMBER.match?(name)

      gid = group_number(present(group)) || (row ? row[3].to_i : 0)
      groups = row && group.nil? ? @accounts.group_ids(row).map(&:to_i) : [gid]
      [(row ? row[2] : name).to_i, gid, groups]
    end

    def group_number(group)
      return nil unless group

      row = @accounts.groups.find { |item| item[0] == group }
      return row[2].to_i if row
      raise Unknown, "the image's group #{group} is in no account of the image" unless NUMBER.match?(group)

      group.to_i
    end

    def present(value)
      value.to_s.empty? ? nil : value.to_s
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
