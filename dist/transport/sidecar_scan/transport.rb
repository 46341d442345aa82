# frozen_string_literal: true

require "train"
require "train/plugins"
require "train/file"
require "train/extras"

require_relative "settings"
require_relative "honesty"
require_relative "root"
require_relative "running_target"
require_relative "held_target"
require_relative "resting_target"
require_relative "finder"
require_relative "connection"
