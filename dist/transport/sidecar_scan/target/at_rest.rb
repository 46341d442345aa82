# frozen_string_literal: true

require_relative "../honesty"
require_relative "image_facts"
require_relative "../settings"

module SidecarScan
  # What a target at rest answers from the facts of its image, since no process of the image's own runs.
  module AtRest
    attr_reader :facts

    # Whether what a command sees of its environment is what the image gives it
    def environment_known?
      facts.why_unknown(:environment).nil?
    end

    def environment
      facts.environment
    rescue ImageFacts::Unknown => e
      environment_unknown(e.message)
    end

    # Unknown, it is the one that runtimes give
    def search_path
      entry = facts.environment.find { |item| item.start_with?("PATH=") }
      (entry ? entry.delete_prefix("PATH=") : "").split(":")
    rescue ImageFacts::Unknown
      ImageFacts::DEFAULT_PATH.split(":")
    end

    # Where a command starts
    def working_folder
      facts.working_folder
    rescue ImageFacts::Unknown
      "/"
    end

    # The same as an answer
    def told_working_folder
      facts.working_folder
    rescue ImageFacts::Unknown => e
      Honesty.unavailable!("the working folder of the image (#{e.message})")
    end

    def user_id
      told_user(&:user_id)
    end

    def group_id
      told_user(&:group_id)
    end

    def group_ids
      told_user(&:group_ids)
    end

    def image_user
      [user_id, group_id, group_ids]
    end

    # The image's configuration with the keys of `podman image inspect`; nil where the engine gives none, only a witness
    def configuration
      facts.config
    rescue ImageFacts::Unknown => e
      Honesty.unavailable!("the configuration of the image (#{e.message})")
    end

    private

    def use_facts(settings)
      @facts = ImageFacts.new(settings || Settings.from_env({}), accounts)
    end

    def told_user
      yield facts
    rescue ImageFacts::Unknown => e
      Honesty.unavailable!("the user the image runs as (#{e.message})")
    end

    def environment_unknown(why)
      Honesty.unavailable!("the environment of the image (#{why})")
    end
  end
end
