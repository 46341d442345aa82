# frozen_string_literal: true

require "train"
require "train/plugins"
require "train/file"
require "train/extras"

require_relative "settings"
require_relative "honesty"
require_relative "files/root"
require_relative "target/running_target"
require_relative "target/held_target"
require_relative "target/resting_target"
require_relative "target/finder"
require_relative "connection"
