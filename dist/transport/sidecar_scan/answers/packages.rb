# frozen_string_literal: true

require_relative "../result"
require_relative "../packages/dpkg"
require_relative "../packages/apk"
require_relative "../packages/rpm"

module SidecarScan
  module Answers
    # dpkg, apk and rpm queries as InSpec asks them, from the package databases. A database that is missing, empty or
    # not readable is "cannot say", never "not installed".
    class Packages
      def initialize(target)
        @dpkg = SidecarScan::Packages::Dpkg.new(target.root)
        @apk = SidecarScan::Packages::Apk.new(target.root)
        @rpm = SidecarScan::Packages::Rpm.new(target.root)
      end

      def call(words)
        case words[0]
        when "dpkg" then %w[-s --status].include?(words[1]) && words.size == 3 ? @dpkg.status(words[2]) : nil
        when "dpkg-query" then @dpkg.query(words.drop(1))
        when "apk" then @apk.query(words.drop(1))
        when "rpm", "/bin/rpm", "/usr/bin/rpm" then @rpm.query(words.drop(1))
        end
      end
    end
  end
end
