# frozen_string_literal: true

require_relative "unknown"

module SidecarScan
  # A resource whose constructor asked what cannot be answered is a skip, whoever rescued. InSpec sees to that where the
  # resource is described; here its methods say so too, because a half-built resource answers with nil and empty lists.
  module HalfBuilt
    # What reports ask, and what InSpec asks to find out that it is a skip
    KEPT = %i[to_s inspect resource_id inspec initialize].freeze

    def supersuper_initialize(backend, name, &block)
      place = Place.new(:resource)
      Place.within(place) { super(backend, name, &block) }
      if place.reason
        @resource_failed = false
        skip_resource(place.reason)
        extend(HalfBuilt.refusals(self.class))
      elsif HalfBuilt.asked_by_file?
        extend(HalfBuilt.file_level(self.class))
      end
    end

    # What a resource is called is never a question: an exception there would end the load. `to_s` of `host` asks its own methods.
    module Named
      def self.included(refusals)
        refusals.define_method(:to_s) do
          super()
        rescue Unavailable
          self.class.name.to_s.split("::").last.to_s
        end
      end
    end

    class << self
      # Every method of the resource says why it cannot answer.
      def refusals(resource)
        @refusals ||= {}
        @refusals[resource] ||= redefined(methods_of(resource)) do |name, filter|
          define_method(name) do |*|
            next CaughtReason.from(self, resource_exception_message) if filter && Place.current && !Honesty.example

            HalfBuilt.at_file_level { Honesty.absorbed { Honesty.unavailable!(resource_exception_message) } }
          end
        end.include(Named)
      end

      # At file level an exception would end the load: an Unknown goes on instead.
      def file_level(resource)
        @file_level ||= {}
        @file_level[resource] ||= redefined(methods_of(resource)) do |name, _filter|
          define_method(name) do |*arguments, **options, &block|
            HalfBuilt.at_file_level { options.empty? ? super(*arguments, &block) : super(*arguments, **options, &block) }
          end
        end
      end

      # Not for what a resource asks of itself or of another: only the outermost call is the profile's.
      def at_file_level
        return yield unless asked_by_file?

        begin
          @inside = true
          yield
        rescue Unavailable => e
          Unknown.new(e.reason)
        ensure
          @inside = false
        end
      end

      def asked_by_file?
        !@inside && Place.current&.kind == :file
      end

      private

      def redefined(methods, &definition)
        Module.new { methods.each { |name, filter| instance_exec(name, filter, &definition) } }
      end

      # Name → whether it is a filter of InSpec's FilterTable
      def methods_of(resource)
        own = resource.ancestors.take_while { |ancestor| ancestor != Inspec::Resource }
        names = own.flat_map { |ancestor| ancestor.public_instance_methods(false) }.uniq - KEPT
        names.map { |name| [name, resource.instance_method(name).source_location&.first.to_s.end_with?("/utils/filter.rb")] }
      end
    end
  end
end
